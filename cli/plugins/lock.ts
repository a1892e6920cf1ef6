/** One change of the added plugins at a time; a process that is killed holds nothing. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from '../errors.ts';
import { foldersName } from './added.ts';

const busyCode = 5;

/** @throws E_PLUGINS_BUSY while somebody else does the same */
export async function alone<Result>(configFile: string, work: () => Promise<Result>): Promise<Result> {
  const folder = join(dirname(configFile), foldersName);
  await mkdir(folder, { recursive: true });
  const { DatabaseSync } = await import('node:sqlite');
  // Node has no lock of a file but sqlite's, which the kernel takes back from whoever dies.
  const lock = new DatabaseSync(join(folder, 'lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return await work();
  } catch (cause) {
    if ((cause as { errcode?: number }).errcode === busyCode)
      throw errors.E_PLUGINS_BUSY({ folder }, { cause });
    throw cause;
  } finally {
    lock.close();
  }
}
