/** Growing pauses. Pure. */

const longestMs = 5 * 60_000;

/** Milliseconds to wait after so many tries in a row that were not enough: 1 s, 2 s, 4 s … up to five minutes. */
export function pauseAfter(tries: number): number {
  return Math.min(longestMs, 1_000 * 2 ** Math.max(0, Math.min(tries, 30) - 1));
}
