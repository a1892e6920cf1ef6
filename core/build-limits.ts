/** How long a build may take and how much it may say: both end on disks and screens of others. */
import { errors } from './error-catalogue.ts';
import type { StepContext } from './roles.ts';

export interface BuildLimits {
  readonly maxSeconds: number;
  readonly maxOutputMegabytes: number;
}

/** The build is told to stop at either limit, and the error says at which. @throws E_BUILD_LIMIT */
export async function withinLimits<Result>(
  { maxSeconds, maxOutputMegabytes }: BuildLimits,
  context: StepContext,
  build: (context: StepContext) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const refuse = (problem: string, option: string) => stop.abort(errors.E_BUILD_LIMIT({ problem, option }));
  const timer = setTimeout(
    () => refuse(`takes longer than ${maxSeconds} s`, 'maxSeconds'),
    maxSeconds * 1000,
  );
  let left = maxOutputMegabytes * 1_000_000;
  const output = (line: string) => {
    if (stop.signal.aborted) return;
    left -= Buffer.byteLength(line) + 1;
    if (left < 0) refuse(`says more than ${maxOutputMegabytes} MB`, 'maxOutputMegabytes');
    else context.output(line);
  };
  try {
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const built = await build({ ...context, output, signal });
    stop.signal.throwIfAborted();
    return built;
  } catch (error) {
    throw stop.signal.aborted && !context.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}
