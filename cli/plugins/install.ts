/** Adds packages of plugins and takes them away: a new folder, tried as a whole, then the list in one rename. */
import { randomBytes } from 'node:crypto';
import { chown, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from '../errors.ts';
import { type AddedPlugin, type AddedPlugins, foldersName, listFile, readAdded } from './added.ts';
import { importerName, importerText } from './load.ts';
import { alone } from './lock.ts';
import { installWords, npm, type Packed, type PluginSpec, packWords } from './npm.ts';
import { makeUsersFolder, removeUnused } from './uses.ts';

/** Whose installation it is, and what is still in use of it. */
export interface Surroundings {
  readonly configFile: string;
  /** Who reads what is written, where root writes it; absent: whoever runs this. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly isAlive: (pid: number) => boolean;
}

export interface AddRequest {
  readonly source: PluginSpec;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Whether scripts of the package and of what it needs run when it is packed and installed. */
  readonly allowScripts: boolean;
  readonly signal: AbortSignal;
  /** Throws where the configuration with this list does not make an engine. */
  readonly tryOut: (added: AddedPlugins) => Promise<void>;
}

/**
 * Returns what was added; another version of the same package is replaced.
 * @throws E_PLUGINS_BUSY, E_NPM, and what `tryOut` throws
 */
export function addPlugin(place: Surroundings, request: AddRequest): Promise<AddedPlugin> {
  const { source, options, allowScripts, signal, tryOut } = request;
  return change(place, tryOut, async (folder, before) => {
    const packages = join(folder, 'packages');
    await mkdir(packages, { recursive: true });
    const said = await npm(packWords(source, packages, allowScripts), folder, signal);
    const { name, version, filename } = packedIn(said);
    // A folder or a tarball may be gone tomorrow: what was packed of it is kept. The registry keeps its own.
    const wanted = source.kind === 'local' ? `file:packages/${filename}` : version;
    if (source.kind === 'registry') await rm(join(packages, filename));
    const others = new Set(before.map((one) => one.package));
    await editDependencies(folder, (all) => ({
      ...Object.fromEntries(Object.entries(all).filter(([other]) => others.has(other))),
      [name]: wanted,
    }));
    await npm(installWords(allowScripts), folder, signal);
    const added = { package: name, version, from: source.spec, ...(options ? { options } : {}) };
    const isKnown = before.some((one) => one.package === name);
    const after = isKnown
      ? before.map((other) => (other.package === name ? added : other))
      : [...before, added];
    return { added, after };
  });
}

/** What scripts of a package write stands before it. Pure. */
export function packedIn(said: string): Packed {
  const [packed] = JSON.parse(said.slice(said.search(/^\[$/m))) as [Packed];
  return packed;
}

/**
 * Nothing of a plugin is loaded, for it may be a broken one that has to go, and npm is not asked: what is installed of it is
 * not named any more, and goes with the next one that is added.
 * @throws E_PLUGINS_BUSY, E_PLUGIN_NOT_ADDED
 */
export async function removePlugin(configFile: string, name: string): Promise<AddedPlugin> {
  return alone(configFile, async () => {
    const { folder, plugins } = await readAdded(configFile);
    const found = plugins.find((one) => one.package === name);
    if (!found) throw errors.E_PLUGIN_NOT_ADDED({ name, known: plugins.map((one) => one.package) });
    // Whose it is stays so, though root may run this and the configuration say nothing.
    const owner = await stat(listFile(configFile));
    await writeList({ configFile, owner }, { folder, plugins: plugins.filter((one) => one !== found) });
    return found;
  });
}

interface Changed {
  readonly added: AddedPlugin;
  readonly after: readonly AddedPlugin[];
}

/** The list is written last; before that, all that goes wrong takes the new folder away again. */
async function change(
  place: Surroundings,
  tryOut: AddRequest['tryOut'],
  work: (folder: string, before: readonly AddedPlugin[]) => Promise<Changed>,
): Promise<AddedPlugin> {
  const { configFile } = place;
  // Whoever deploys reads it, whoever writes it.
  const mask = process.umask(0o022);
  try {
    return await alone(configFile, async () => {
      await own(place, await makeUsersFolder(configFile));
      const top = dirname(configFile);
      const before = await readAdded(configFile);
      const name = `${foldersName}/${randomBytes(4).toString('hex')}`;
      const folder = join(top, name);
      try {
        await mkdir(folder);
        if (before.folder !== '')
          await cp(join(top, before.folder), folder, { recursive: true, verbatimSymlinks: true });
        else await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
        await writeFile(join(folder, importerName), importerText);
        const { added, after } = await work(folder, before.plugins);
        const list: AddedPlugins = { folder: name, plugins: after };
        await tryOut(list);
        await writeList(place, list);
        await removeUnused(configFile, name, place.isAlive);
        return added;
      } catch (error) {
        if ((await readAdded(configFile).catch(() => before)).folder !== name)
          await rm(folder, { recursive: true, force: true });
        throw error;
      }
    });
  } finally {
    process.umask(mask);
  }
}

/** All of it or nothing, whenever the process is killed; for its user alone, as options may be secret. */
async function writeList(place: Omit<Surroundings, 'isAlive'>, list: AddedPlugins): Promise<void> {
  const file = listFile(place.configFile);
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify(list, null, 2)}\n`, { mode: 0o600 });
  await own(place, draft);
  await rename(draft, file);
}

async function own({ owner }: Pick<Surroundings, 'owner'>, path: string): Promise<void> {
  if (owner) await chown(path, owner.uid, owner.gid);
}

type Dependencies = Readonly<Record<string, string>>;

async function editDependencies(folder: string, edit: (all: Dependencies) => Dependencies): Promise<void> {
  const file = join(folder, 'package.json');
  const facts = JSON.parse(await readFile(file, 'utf8')) as { dependencies?: Dependencies };
  const dependencies = edit(facts.dependencies ?? {});
  await writeFile(file, `${JSON.stringify({ ...facts, dependencies }, null, 2)}\n`);
}
