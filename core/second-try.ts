/** When a new instance that failed gets one more try, and what the error of the second one says. Pure. */
import { isOctohostError, messageOf, OctohostError } from './errors.ts';

/**
 * What trying again cannot change: somebody wants it ended; the host or the installation lacks something; the runtime
 * cannot make such an instance at all; or it ran for the whole time of its check and gave no good answer.
 */
const final = new Set([
  'E_ABORTED',
  'E_CANCELLED',
  'E_LEASE_LOST',
  'E_CONFLICT',
  'E_UNAVAILABLE',
  'E_TIMEOUT',
  'E_STEP_TIMEOUT',
  'E_PORTS_USED_UP',
  'E_PORT_TAKEN',
  'E_HOST_PORT_TAKEN',
  'E_NAME_TAKEN',
  'E_START_REFUSED',
  'E_CHECK_SILENT',
  'E_CHECK_WRONG',
  'E_CHECK_IMPOSSIBLE',
]);

/** How much of the first transcript is shown beside the second. */
const lastLines = 5;

/** A process that ended, or a start that failed: both may be otherwise the next time. */
export function isWorthAnotherTry(error: unknown): boolean {
  return !isOctohostError(error) || !final.has(error.code);
}

/** What the pusher is told between the two. */
export function sayAgain(first: unknown): string {
  return `${messageOf(first).replace(/\.$/, '')}. It is tried once more.`;
}

/** The second failure, with a short account of the first before its own lines. */
export function afterFirst(first: unknown, second: unknown): unknown {
  if (!isOctohostError(second)) return second;
  const { code, message, hint, exit, step, site, plugin, hook, cause } = second;
  const before = isOctohostError(first) ? first.details.slice(-lastLines) : [];
  const details = [
    `first try: ${messageOf(first)}`,
    ...before.map((line) => `first try: ${line}`),
    ...second.details,
  ];
  const place = Object.fromEntries(
    Object.entries({ step, site, plugin, hook }).filter(([, value]) => value !== undefined),
  );
  return new OctohostError(code, { message, hint, exit, details }, { ...place, cause });
}
