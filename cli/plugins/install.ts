/** Adds packages of plugins and takes them away: a new folder, tried as a whole, then the list in one rename. */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from '../errors.ts';
import { type AddedPlugin, type AddedPlugins, foldersName, listFile, readAdded } from './added.ts';
import { installWords, npm, type Packed, type PluginSpec, packWords } from './npm.ts';

export interface AddRequest {
  readonly source: PluginSpec;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Whether scripts of the package and of what it needs run when it is installed. */
  readonly allowScripts: boolean;
  readonly signal: AbortSignal;
  /** Throws where the configuration with this list does not make an engine. */
  readonly tryOut: (added: AddedPlugins) => Promise<void>;
}

/** Returns what was added; another version of the same package is replaced. @throws E_NPM, and what `tryOut` throws */
export async function addPlugin(configFile: string, request: AddRequest): Promise<AddedPlugin> {
  const { source, options, allowScripts, signal, tryOut } = request;
  let added: AddedPlugin | undefined;
  await change(configFile, tryOut, async (folder, before) => {
    const packages = join(folder, 'packages');
    await mkdir(packages, { recursive: true });
    const [packed] = JSON.parse(await npm(packWords(source, packages), folder, signal)) as [Packed];
    const { name, version, filename } = packed;
    // A folder or a tarball may be gone tomorrow: what was packed of it is kept. The registry keeps its own.
    const wanted = source.kind === 'local' ? `file:packages/${filename}` : version;
    if (source.kind === 'registry') await rm(join(packages, filename));
    const others = new Set(before.map((one) => one.package));
    await editDependencies(folder, (all) => ({
      ...Object.fromEntries(Object.entries(all).filter(([other]) => others.has(other))),
      [name]: wanted,
    }));
    await npm(installWords(allowScripts), folder, signal);
    added = { package: name, version, from: source.spec, ...(options ? { options } : {}) };
    const known = before.some((one) => one.package === name);
    const one = added;
    return known ? before.map((other) => (other.package === name ? one : other)) : [...before, one];
  });
  return added as AddedPlugin;
}

/**
 * Nothing of a plugin is loaded, for it may be a broken one that has to go, and npm is not asked: what is installed of it is
 * not named any more, and goes with the next one that is added.
 * @throws E_PLUGIN_NOT_ADDED
 */
export async function removePlugin(configFile: string, name: string): Promise<AddedPlugin> {
  const { folder, plugins } = await readAdded(configFile);
  const found = plugins.find((one) => one.package === name);
  if (!found) throw errors.E_PLUGIN_NOT_ADDED({ name, known: plugins.map((one) => one.package) });
  await writeList(configFile, { folder, plugins: plugins.filter((one) => one !== found) });
  return found;
}

/** The list is written last; before that, all that goes wrong takes the new folder away again. */
async function change(
  configFile: string,
  tryOut: AddRequest['tryOut'],
  work: (folder: string, before: readonly AddedPlugin[]) => Promise<readonly AddedPlugin[]>,
): Promise<void> {
  const top = dirname(configFile);
  const before = await readAdded(configFile);
  const name = `${foldersName}/${randomBytes(4).toString('hex')}`;
  const folder = join(top, name);
  try {
    await mkdir(folder, { recursive: true });
    if (before.folder !== '')
      await cp(join(top, before.folder), folder, { recursive: true, verbatimSymlinks: true });
    else await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    const after: AddedPlugins = { folder: name, plugins: await work(folder, before.plugins) };
    await tryOut(after);
    await writeList(configFile, after);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  await removeOthers(top, name);
}

/** All of it or nothing, whenever the process is killed. */
async function writeList(configFile: string, list: AddedPlugins): Promise<void> {
  const draft = `${listFile(configFile)}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify(list, null, 2)}\n`);
  await rename(draft, listFile(configFile));
}

/** Folders of before, and of those who were killed. */
async function removeOthers(top: string, kept: string): Promise<void> {
  const all = await readdir(join(top, foldersName));
  const others = all.map((one) => `${foldersName}/${one}`).filter((one) => one !== kept);
  for (const one of others) await rm(join(top, one), { recursive: true, force: true });
}

type Dependencies = Readonly<Record<string, string>>;

async function editDependencies(folder: string, edit: (all: Dependencies) => Dependencies): Promise<void> {
  const file = join(folder, 'package.json');
  const facts = JSON.parse(await readFile(file, 'utf8')) as { dependencies?: Dependencies };
  const dependencies = edit(facts.dependencies ?? {});
  await writeFile(file, `${JSON.stringify({ ...facts, dependencies }, null, 2)}\n`);
}
