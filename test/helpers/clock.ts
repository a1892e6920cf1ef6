/** A clock that goes on by itself when something waits for it: half a minute takes a moment. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../core/world.ts';

export interface QuickClock extends Clock {
  /** Goes on by so many milliseconds. */
  pass(milliseconds: number): void;
}

export function quickClock(): QuickClock {
  let ahead = 0;
  const pass = (milliseconds: number) => {
    ahead += milliseconds;
  };
  return {
    now: () => Date.now() + ahead,
    pass,
    async sleep(milliseconds, signal) {
      await sleep(1, undefined, signal ? { signal } : {});
      pass(milliseconds);
    },
  };
}
