/**
 * What a tap writes to the process's own stdout. That belongs to whoever runs the engine: through a push it is git's
 * protocol, and with `--json` the answer. Whoever keeps stdout asks here whose text it is.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

interface AtWork {
  /** Undefined once the tap has ended. */
  take: ((text: string) => void) | undefined;
}

const atWork = new AsyncLocalStorage<AtWork>();

/** Runs work whose writing to stdout goes to `take`, as long as it lasts. */
export async function takingStrayOutput<Result>(
  work: () => Promise<Result>,
  take: (text: string) => void,
): Promise<Result> {
  const mine: AtWork = { take };
  try {
    return await atWork.run(mine, work);
  } finally {
    mine.take = undefined;
  }
}

/**
 * Hands text that was written to stdout to the tap that wrote it, which is warned of by name; called where it is
 * written. False: no tap is at work there, and nothing was done.
 */
export function takeStrayOutput(text: string): boolean {
  const take = atWork.getStore()?.take;
  take?.(text);
  return take !== undefined;
}
