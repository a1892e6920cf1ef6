/** The outputs of a site's deploys go with it to another name. */
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SiteName } from '../../core/index.ts';
import { logFolder } from './place.ts';

/** Those that are whole; what a process still writes stays where it is. Never stops a rename. */
export async function moveLogs(dataDir: string, from: SiteName, to: SiteName): Promise<void> {
  const [before, after] = [logFolder(dataDir, from), logFolder(dataDir, to)];
  const names = await readdir(before).catch(() => []);
  await mkdir(after, { recursive: true, mode: 0o700 }).catch(() => {});
  for (const name of names.filter((one) => one.endsWith('.log')))
    await rename(join(before, name), join(after, name)).catch(() => {});
  await rmdir(before).catch(() => {});
}
