import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { TimeOver, withinTime } from '../../core/time-limit.ts';

const never = () => new AbortController().signal;

describe('work within a time', () => {
  it('gives back what it comes to, and leaves nothing behind', async () => {
    const caller = new AbortController().signal;
    expect(await withinTime(caller, 30, () => 'now')).toBe('now');
    expect(await withinTime(caller, 30, async () => 'later')).toBe('later');
    await expect(withinTime(caller, 30, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(getEventListeners(caller, 'abort')).toEqual([]);
  });

  it('is not begun for a caller that has given up', async () => {
    let begun = false;
    const work = withinTime(AbortSignal.abort('enough'), 30, () => {
      begun = true;
    });
    await expect(work).rejects.toBe('enough');
    expect(begun).toBe(false);
  });

  it.each([
    { who: 'the time', seconds: 0.01, reason: expect.any(TimeOver) },
    { who: 'its caller', seconds: 30, reason: 'enough' },
  ])('that does not hear its signal is left when $who ends it', async ({ who, seconds, reason }) => {
    const caller = new AbortController();
    let heard: unknown;
    const work = withinTime(caller.signal, seconds, (signal) => {
      signal.addEventListener('abort', () => {
        heard = signal.reason;
      });
      return new Promise(() => {});
    });
    if (who === 'its caller') caller.abort('enough');
    await expect(work).rejects.toEqual(reason);
    expect(heard).toEqual(reason);
  });

  it('that fails after it was left fails nobody', async () => {
    const late = Promise.withResolvers();
    await expect(withinTime(never(), 0.01, () => late.promise)).rejects.toBeInstanceOf(TimeOver);
    late.reject(new Error('late'));
    // An unhandled rejection would fail the run.
    await new Promise((resolve) => setImmediate(resolve));
  });
});
