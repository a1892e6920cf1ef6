/** Makes plugins of the packages that were added. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
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

async function loadOne(folder: string, added: AddedPlugin): Promise<Plugin> {
  try {
    const require = createRequire(join(folder, 'package.json'));
    const facts = join(folder, 'node_modules', added.package, 'package.json');
    const { version } = JSON.parse(await readFile(facts, 'utf8')) as { version: string };
    const exported = (await import(pathToFileURL(require.resolve(added.package)).href)) as object;
    return { ...pluginIn(exported, added.options), version };
  } catch (cause) {
    throw errors.E_PLUGIN_ADDED({ ...added, cause }, { cause });
  }
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
