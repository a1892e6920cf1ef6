/** The built-in plugins, with a named point around everything that changes the world. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig, definePlugin, type Plugin } from 'octohost';
import base from '../../octohost.config.ts';
import { Faults } from './fault.ts';
import { faultyNode } from './faulty-node.ts';
import { faulty, faultyTaps } from './faulty-plugin.ts';

/** Undefined in a test's own process, which looks at the same instance: there is nothing to fail. */
let faults: Faults | undefined;
const isOcto = /\/cli\/bin\/main\.[jt]s$/.test(process.argv[1] ?? '');

/** Set up first: it learns where the instance is. */
const points = definePlugin({
  name: 'points',
  setup({ installation: { dataDir } }) {
    if (faults || !isOcto) return;
    faults = new Faults(dirname(dataDir));
    faultyNode(faults, dataDir);
  },
});

/** A registry that is a folder: one file for each site, with the number of the release that was published last. */
const folderPublisher = definePlugin({
  name: 'folder-publisher',
  setup({ installation, provide }) {
    const folder = join(dirname(installation.dataDir), 'published');
    provide('publisher', {
      async publish({ site, number, image }) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, `${site}.next`), String(number));
        renameSync(join(folder, `${site}.next`), join(folder, site));
        return `folder/${site}@${image.id}`;
      },
      async pull(site) {
        throw new Error(`nothing is kept of ${site} but numbers`);
      },
    });
  },
});

const plugins: Plugin[] = [...base.plugins, folderPublisher].map((plugin) => faulty(plugin, () => faults));
export default defineConfig({
  ...base,
  // What is out of reach goes with a deploy; each round has more releases than the one before, and must change the same.
  releases: { keep: 100 },
  plugins: [points, ...plugins, faultyTaps(() => faults)],
});
