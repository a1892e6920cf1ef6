/** Makes plugins of the packages that were added. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from '../../core/index.ts';
import { errors } from '../errors.ts';
import type { AddedPlugin, AddedPlugins } from './added.ts';

/** @throws E_PLUGIN_ADDED naming the first that cannot be loaded */
export async function loadAdded(configFile: string, { folder, plugins }: AddedPlugins): Promise<Plugin[]> {
  const loaded: Plugin[] = [];
  for (const added of plugins) loaded.push(await loadOne(join(dirname(configFile), folder), added));
  return loaded;
}

/** A module of the folder itself: what it imports is found as the folder finds it, also what is for `import` alone. */
export const importerName = 'import.mjs';
export const importerText = 'export const importPackage = (name) => import(name);\n';

async function loadOne(folder: string, added: AddedPlugin): Promise<Plugin> {
  try {
    const facts = join(folder, 'node_modules', added.package, 'package.json');
    const { version } = JSON.parse(await readFile(facts, 'utf8')) as { version: string };
    const { importPackage } = (await import(pathToFileURL(join(folder, importerName)).href)) as {
      importPackage: (name: string) => Promise<object>;
    };
    return withVersion(pluginIn(await importPackage(added.package), added.options), version);
  } catch (cause) {
    throw errors.E_PLUGIN_ADDED({ ...added, cause }, { cause });
  }
}

/** The plugin stays the object that its setup is called on: it may be an instance of a class. */
function withVersion(plugin: Plugin, version: string): Plugin {
  const { name, api, commands, siteFile } = plugin;
  const more = Object.entries({ api, commands, siteFile }).filter(([, value]) => value !== undefined);
  return { name, version, ...Object.fromEntries(more), setup: (given) => plugin.setup(given) };
}

/** The default export, else the only one: a plugin, or its factory. Pure. */
export function pluginIn(exported: object, options: AddedPlugin['options']): Plugin {
  const all = Object.entries(exported).filter(([name]) => name !== 'module.exports');
  const [, main] = all.find(([name]) => name === 'default') ?? (all.length === 1 ? (all[0] ?? []) : []);
  if (main === undefined) {
    const names = all.map(([name]) => name).join(', ');
    throw new Error(`it has no default export, and not one single other (${names || 'none'})`);
  }
  const plugin: unknown = typeof main === 'function' ? main(...(options ? [options] : [])) : main;
  if (typeof plugin !== 'object' || plugin === null || !('setup' in plugin))
    throw new Error('what it exports is no plugin, nor a factory of one');
  return plugin as Plugin;
}
