/** Repositories in the making: under names that nobody asks for, until they are whole; and what is left of those. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const prefix = '.new-';
/** `.new-4711-0a1b2c3d4e5f-app.git`: the process that makes it, and the name that it is to have. */
const pattern = /^\.new-(?<pid>\d+)-[0-9a-f]+-(?<name>.+)\.git$/;
/** Says in one that is of a rename what that is: it may hold all that there is of a site's history. */
export const renamingNote = 'octohost-renaming.json';
const dayMs = 24 * 60 * 60 * 1000;

export function isUnnamed(name: string): boolean {
  return name.startsWith(prefix);
}

/** Who makes it, and what for; undefined where its name does not tell. Pure. */
export function makerOf(name: string): { pid: number; name: string } | undefined {
  const found = pattern.exec(name)?.groups;
  return found && { pid: Number(found['pid']), name: found['name'] ?? '' };
}

/** Takes away those that pushes have left which were killed: none takes a day. */
export async function dropUnnamed(folder: string): Promise<void> {
  const isLeft = (name: string) => isUnnamed(name) && !existsSync(join(folder, name, renamingNote));
  await dropUntouched(folder, (name) => (isLeft(name) ? 1 : Infinity));
}

/** A new folder for what is to have this name; its path. */
export async function makeUnnamed(folder: string, name: string): Promise<string> {
  const fresh = join(folder, `${prefix}${process.pid}-${randomBytes(6).toString('hex')}-${name}.git`);
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  return fresh;
}

/** Takes away what nobody has touched for so many days, which its name tells; Infinity keeps it. */
export async function dropUntouched(folder: string, daysOf: (name: string) => number): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => daysOf(one) < Infinity)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > daysOf(name) * dayMs) await rm(path, { recursive: true, force: true });
  }
}
