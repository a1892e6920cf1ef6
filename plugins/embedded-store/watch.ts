/** Sees the changes of all processes by asking the file, which sqlite answers from memory when nothing changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, PrefixState } from './database.ts';

const askEveryMs = 100;

interface Seen {
  readonly version: number;
  readonly state: PrefixState;
}

/**
 * Yields when something below the prefix is another than at the last yield, or than at this call. A key that is made
 * and deleted between two looks is no change. Ends when the signal aborts or the store is closed.
 */
export function watchPrefix(
  opening: Promise<Database>,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<void> {
  const began = opening.then((database) => ({ database, seen: look(database, prefix) }));
  // Thrown by the first step of the iteration; here nobody listens yet.
  began.catch(() => {});
  return (async function* () {
    const { database, ...first } = await began;
    let { seen } = first;
    while (!signal.aborted && database.isOpen()) {
      const now = look(database, prefix, seen);
      const changed = now.state.highest !== seen.state.highest || now.state.count !== seen.state.count;
      seen = now;
      if (changed) yield;
      else await pause(signal);
    }
  })();
}

/** The counter alone says that nothing changed anywhere. */
function look(database: Database, prefix: string, seen?: Seen): Seen {
  const version = database.version();
  return version === seen?.version ? seen : { version, state: database.prefixState(prefix) };
}

/** Does not keep the process alive. */
async function pause(signal: AbortSignal): Promise<void> {
  await sleep(askEveryMs, undefined, { ref: false, signal }).catch(() => {});
}
