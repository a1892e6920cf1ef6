/** Growing pauses. Pure. */

/** No pause is longer: who listens must not miss much, who looks must not be blind for long, who mends must not nag. */
const longestMs = { hear: 2_000, look: 15_000, mend: 5 * 60_000 } as const;

/** What is tried again. */
export type Tried = keyof typeof longestMs;

/** Milliseconds to wait after so many tries in a row that were not enough: 1 s, 2 s, 4 s … up to the longest. */
export function pauseAfter(tries: number, what: Tried): number {
  return Math.min(longestMs[what], 1_000 * 2 ** Math.max(0, Math.min(tries, 30) - 1));
}
