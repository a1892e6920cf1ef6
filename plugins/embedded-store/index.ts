/** Settings and state in one SQLite file: for an installation on one machine. */
import { resolve } from 'node:path';
import type { Plugin } from '../../core/index.ts';
import { fileCheck } from './check.ts';
import { checkOptions, type EmbeddedStoreOptions } from './options.ts';
import { createEmbeddedStore } from './store.ts';

export type { EmbeddedStoreOptions } from './options.ts';

/** Provides the role store. Throws E_STORE_OPTIONS. */
export function embeddedStore(options: EmbeddedStoreOptions = {}): Plugin {
  const { file } = checkOptions(options);
  return {
    name: 'embedded-store',
    setup(api) {
      const path = resolve(api.installation.dataDir, file);
      const store = createEmbeddedStore(path);
      api.part({
        name: 'embedded store',
        async version() {
          // It is no use that SQLite is there where the file cannot be read.
          await store.get('octohost');
          return `SQLite ${process.versions['sqlite']}`;
        },
      });
      api.check(fileCheck(path));
      api.provide('store', store);
    },
  };
}
