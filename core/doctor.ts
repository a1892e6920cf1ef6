/** Runs the checks that plugins bring, and never fails itself. */
import { messageOf } from './errors.ts';
import type { Plugin } from './plugin.ts';
import type { CheckFinding, PluginCheck } from './plugin-command.ts';
import { withinTime } from './time-limit.ts';

/** What came of one check. */
export interface CheckResult extends CheckFinding {
  readonly plugin: string;
  readonly check: string;
  /** What is looked at. */
  readonly summary: string;
}

/** How long one check may take, in seconds. */
const checkSeconds = 10;

/** All at once; in the order of the plugins list. @param seconds how long each may take */
export function runChecks(
  plugins: readonly Plugin[],
  signal: AbortSignal,
  seconds = checkSeconds,
): Promise<CheckResult[]> {
  const all = plugins.flatMap(({ name, checks = [] }) => checks.map((check) => ({ plugin: name, check })));
  return Promise.all(
    all.map(async ({ plugin, check }) => ({
      plugin,
      check: check.name,
      summary: check.summary,
      ...(await findingOf(check, signal, seconds)),
    })),
  );
}

async function findingOf(check: PluginCheck, signal: AbortSignal, seconds: number): Promise<CheckFinding> {
  try {
    return asFinding(await withinTime(signal, seconds, (own) => check.run(own)));
  } catch (error) {
    signal.throwIfAborted();
    return {
      state: 'failed',
      message: messageOf(error),
      hint: 'It could not look; see the guide of its plugin.',
    };
  }
}

const states: readonly unknown[] = ['ok', 'warning', 'failed'] satisfies CheckFinding['state'][];

/** Plugins give what they like. */
function asFinding(given: Partial<CheckFinding> | undefined): CheckFinding {
  if (!states.includes(given?.state) || typeof given?.message !== 'string')
    throw new Error('its answer is no finding: { state, message, hint? }');
  const { state, message, hint } = given as CheckFinding;
  return { state, message, ...(hint === undefined ? {} : { hint }) };
}
