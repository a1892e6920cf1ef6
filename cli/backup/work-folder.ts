/** A folder for the time of a backup or a restore: it holds what may be secret, and goes whatever happens. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processFacts } from '../open-engine.ts';

/** `.backup-4711-0a1b2c3d`: whose it is. */
const pattern = /^\.backup-(\d+)-[0-9a-f]+$/;

/** Where the data of octohost is: there is room for it, and nobody else may look. */
export async function withWorkFolder<Result>(
  dataDir: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  await sweep(dataDir);
  const folder = join(dataDir, `.backup-${process.pid}-${randomBytes(6).toString('hex')}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What processes left that were killed. */
async function sweep(dataDir: string): Promise<void> {
  const names: string[] = await readdir(dataDir).catch(() => []);
  for (const name of names) {
    const pid = pattern.exec(name)?.[1];
    if (pid !== undefined && !processFacts().isAlive(Number(pid)))
      await rm(join(dataDir, name), { recursive: true, force: true });
  }
}
