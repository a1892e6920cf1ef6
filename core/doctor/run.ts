/** Runs checks side by side, and never fails itself. */
import { isOctohostError, messageOf } from '../errors.ts';
import type { SiteName } from '../grammar.ts';
import type { CheckFinding, PluginCheck } from '../plugin-command.ts';
import { withinTime } from '../time-limit.ts';

/** What came of one check. */
export interface CheckResult extends CheckFinding {
  /** The plugin that brings it; `octohost` for one that is built in. */
  readonly plugin: string;
  readonly check: string;
  /** What is looked at. */
  readonly summary: string;
  /** What does not work where it is not as it should be; absent where the check does not say. */
  readonly why?: string;
  /** Absent where it is about none in particular. */
  readonly site?: SiteName;
}

/** A check of octohost's own: it may find several things. */
export interface OwnCheck extends Omit<PluginCheck, 'run'> {
  run(signal: AbortSignal): Promise<CheckFinding | readonly OwnFinding[]>;
}

/** What one of several things came to, in the place of what the check says of all. */
export interface OwnFinding extends CheckFinding {
  readonly site?: SiteName;
  readonly check?: string;
  readonly why?: string;
}

/** Who looks, and how long each of the checks may take, in seconds. */
export interface Looking {
  readonly plugin: string;
  readonly signal: AbortSignal;
  readonly seconds: number;
}

/** How long a check of a plugin may take, in seconds. */
export const pluginSeconds = 10;

/** All at once; in the order that is given. */
export async function runAll(
  checks: readonly OwnCheck[],
  { plugin, signal, seconds }: Looking,
): Promise<CheckResult[]> {
  const found = await Promise.all(
    checks.map(async (check) => {
      const facts = {
        plugin,
        check: check.name,
        summary: check.summary,
        ...(check.why === undefined ? {} : { why: check.why }),
      };
      return (await findingsOf(check, signal, seconds)).map((finding) => ({ ...facts, ...finding }));
    }),
  );
  return found.flat();
}

async function findingsOf(check: OwnCheck, signal: AbortSignal, seconds: number): Promise<OwnFinding[]> {
  try {
    const given = await withinTime(signal, seconds, (own) => check.run(own));
    return isSeveral(given) ? [...given] : [asFinding(given)];
  } catch (error) {
    signal.throwIfAborted();
    const hint = isOctohostError(error) ? error.hint : 'It could not look; see the guide of its plugin.';
    return [{ state: 'failed', message: messageOf(error), hint }];
  }
}

function isSeveral(given: CheckFinding | readonly OwnFinding[]): given is readonly OwnFinding[] {
  return Array.isArray(given);
}

const states: readonly unknown[] = ['ok', 'warning', 'failed'] satisfies CheckFinding['state'][];

/** Plugins give what they like. */
function asFinding(given: Partial<CheckFinding> | undefined): CheckFinding {
  if (!states.includes(given?.state) || typeof given?.message !== 'string')
    throw new Error('its answer is no finding: { state, message, hint? }');
  const { state, message, hint } = given as CheckFinding;
  return { state, message, ...(hint === undefined ? {} : { hint }) };
}
