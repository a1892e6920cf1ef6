/** Listens for as long as the agent lives: what breaks off is listened to again. */
import { messageOf } from '../errors.ts';
import type { Clock } from '../world.ts';
import { pauseAfter } from './backoff.ts';

export interface Hearing<Item> {
  /** For people: `The runtime`. */
  readonly what: string;
  readonly listen: () => Promise<AsyncIterable<Item>>;
  readonly heard: (item: Item) => void;
  /** Told whenever it listens: what happened before is not heard any more. */
  readonly listening?: () => void;
  /** Told when it listens after it could not. */
  readonly again: () => void;
  readonly say: (line: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const settledMs = 5_000;

/** Returns when the signal aborts. */
export async function hear<Item>(hearing: Hearing<Item>): Promise<void> {
  const { what, listen, heard, say, clock, signal } = hearing;
  let tries = 0;
  let began = clock.now();
  while (!signal.aborted) {
    try {
      const items = await listen();
      if (tries > 0) hearing.again();
      else hearing.listening?.();
      began = clock.now();
      for await (const item of items) {
        tries = 0;
        heard(item);
      }
    } catch (error) {
      // Some say only while they are listened to that they cannot be heard.
      if (clock.now() - began > settledMs) tries = 0;
      if (!signal.aborted && tries === 0) say(`${what} cannot be heard: ${messageOf(error)}`);
    }
    if (signal.aborted) return;
    tries++;
    await clock.sleep(pauseAfter(tries, 'hear'), signal).catch(() => {});
  }
}
