/** Opens the database file: private to its user, and right when many processes do it at once. */
import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from './errors.ts';
import { prepareSchema } from './schema.ts';

/** How long a transaction waits for those of other processes. */
const busyTimeoutMs = 10_000;
const lookAgainMs = 20;

export async function openFile(file: string): Promise<DatabaseSync> {
  await makePrivate(file);
  // Imported at the first use: commands that need no store do not pay for it.
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    await prepare(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Makes an open file a store. sqlite gives up at once where two processes turn the same new file to WAL, for each
 * waits for the other: ask again.
 */
export async function prepare(database: DatabaseSync, file: string): Promise<void> {
  const until = Date.now() + busyTimeoutMs;
  for (;;) {
    try {
      return prepareSchema(database, file);
    } catch (error) {
      if (!isBusy(error) || Date.now() > until) throw error;
      await sleep(lookAgainMs);
    }
  }
}

/** The file gets mode 0600, which its -wal and -shm files take over; folders that are made get 0700. */
async function makePrivate(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await (await open(file, 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // By its path: opening and closing a file that this process has open in sqlite would drop sqlite's locks.
    if ((await stat(file)).mode & 0o077) await chmod(file, 0o600);
  }
}
