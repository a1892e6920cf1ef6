/** What is loaded, for people: each plugin with all that it brings. Pure. */
import type { Plugin, PluginUse } from './plugin.ts';
import { pluginsKey } from './site-file-key.ts';

/** A plugin of the configuration. */
export interface LoadedPlugin {
  readonly name: string;
  /** Of its package; absent where it does not say. */
  readonly version?: string;
  /** The range of API versions that it runs under; absent: any. */
  readonly api?: string;
  /** Hooks that it taps, each once. */
  readonly hooks: readonly string[];
  readonly roles: readonly string[];
  /** Names of its commands of `octo`. */
  readonly commands: readonly string[];
  /** Its key in site files: `plugins.mysql`; absent: none. */
  readonly siteFile?: string;
  /** Names of its doctor checks. */
  readonly checks: readonly string[];
}

/** In the order of the list, which is that of taps. */
export function loadedPlugins(plugins: readonly Plugin[], uses: readonly PluginUse[]): LoadedPlugin[] {
  return plugins.map(({ name, version, api, commands = [], siteFile }) => {
    const use = uses.find(({ plugin }) => plugin === name);
    return {
      name,
      ...(version === undefined ? {} : { version }),
      ...(api === undefined ? {} : { api }),
      hooks: use?.hooks ?? [],
      roles: use?.roles ?? [],
      commands: commands.map((command) => command.name),
      ...(siteFile ? { siteFile: `${pluginsKey}.${name}` } : {}),
      checks: use?.checks.map((check) => check.name) ?? [],
    };
  });
}
