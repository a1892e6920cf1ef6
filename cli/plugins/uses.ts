/**
 * Which processes use which folder of added plugins: a plugin may import or read a file of its own hours after it was
 * loaded, so a folder stays until they have ended. Each leaves an empty file, `users/<folder>.<pid>`, and takes it away.
 */
import { rmSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type AddedPlugins, foldersName, readAdded } from './added.ts';

const usersName = 'users';
const mark = /^([0-9a-f]{8})\.(\d+)$/;

/** The list as it stands; its folder stays as long as this process lives. @throws E_PLUGIN_LIST */
export async function useAdded(configFile: string): Promise<AddedPlugins> {
  for (;;) {
    const list = await readAdded(configFile);
    if (list.folder === '') return list;
    const file = join(usersFolder(configFile), `${list.folder.slice(foldersName.length + 1)}.${process.pid}`);
    // Somebody who may only read can use them, too.
    await writeFile(file, '').catch(() => {});
    // Another list may have come between the two, and the folder gone with it.
    if ((await readAdded(configFile)).folder === list.folder) {
      process.once('exit', () => rmSync(file, { force: true }));
      return list;
    }
    await rm(file, { force: true });
  }
}

/** Makes the place where the user of the configuration may leave marks. */
export async function makeUsersFolder(configFile: string): Promise<string> {
  const folder = usersFolder(configFile);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes the folders that neither the list names nor a process uses, and the marks of processes that are gone. */
export async function removeUnused(
  configFile: string,
  kept: string,
  isAlive: (pid: number) => boolean,
): Promise<void> {
  const used = new Set<string>();
  for (const name of await readdir(usersFolder(configFile))) {
    const [, folder = '', pid] = mark.exec(name) ?? [];
    if (isAlive(Number(pid))) used.add(folder);
    else await rm(join(usersFolder(configFile), name), { force: true });
  }
  const top = join(dirname(configFile), foldersName);
  const folders = (await readdir(top)).filter((name) => /^[0-9a-f]{8}$/.test(name));
  for (const name of folders)
    if (`${foldersName}/${name}` !== kept && !used.has(name))
      await rm(join(top, name), { recursive: true, force: true });
}

function usersFolder(configFile: string): string {
  return join(dirname(configFile), foldersName, usersName);
}
