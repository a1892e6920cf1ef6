/** Which executables a hook has. */
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from 'octohost';
import { errors } from './errors.ts';

/** The files of a folder that are meant as executables, in the order in which they run: by name. Pure. */
export function executables(entries: readonly { name: string; isDirectory(): boolean }[]): string[] {
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .toSorted();
}

/**
 * Absolute paths of a hook's executables, none where it has no folder.
 * @throws E_EXEC_FOLDER, or E_EXEC_FILE before any of them runs
 */
export async function findExecutables(folder: string, hook: string): Promise<string[]> {
  const own = join(folder, hook);
  const files = (await entriesOf(own)).map((name) => join(own, name));
  for (const file of files)
    await access(file, constants.X_OK).catch((cause) => {
      throw errors.E_EXEC_FILE({ file }, { cause });
    });
  return files;
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return executables(await readdir(folder, { withFileTypes: true }));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw errors.E_EXEC_FOLDER({ folder, words: messageOf(cause) }, { cause });
  }
}
