/** A folder of a test's own, and the store in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plugin, PluginApi, Store } from '../../../core/index.ts';
import { embeddedStore } from '../../../plugins/embedded-store/index.ts';

export async function makeFolder(): Promise<{ path: string; dispose(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'octohost-store-'));
  return { path, dispose: () => rm(path, { recursive: true, force: true }) };
}

/** The store that the plugin provides for this data folder. */
export function openStore(dataDir: string, file?: string): Store {
  return providedStore(embeddedStore(file === undefined ? {} : { file }), dataDir);
}

export function providedStore(plugin: Plugin, dataDir: string): Store {
  let provided: Store | undefined;
  const api = {
    installation: { dataDir },
    part: () => {},
    check: () => {},
    provide(role: string, provider: Store) {
      if (role === 'store') provided = provider;
    },
  };
  plugin.setup(api as unknown as PluginApi);
  if (!provided) throw new Error(`${plugin.name} provides no store.`);
  return provided;
}
