import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until the condition holds.
 * @param options timeoutMs: when to give up; everyMs: the pause between two questions (20 by default);
 *   signal: aborts the wait (then it throws the signal's reason)
 * @returns false when the time was over before the condition held
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  {
    timeoutMs,
    everyMs = 20,
    signal,
  }: { timeoutMs: number; everyMs?: number; signal?: AbortSignal | undefined },
): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await condition()) return true;
    if (performance.now() >= end) return false;
    await delay(everyMs, undefined, signal ? { signal } : {});
  }
}
