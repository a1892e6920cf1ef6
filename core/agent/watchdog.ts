/** Whether time went on as it should: a host that slept, or a clock that was set, has changed the world unseen. Pure. */

const toleranceMs = 5_000;

/** @param slept what was asked to be slept, in milliseconds; the two others are the clock before and after it */
export function hasJumped(slept: number, before: number, after: number): boolean {
  return Math.abs(after - before - slept) > toleranceMs;
}
