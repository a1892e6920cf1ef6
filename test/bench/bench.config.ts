/** The built-in plugins, and one that writes down what each process of octohost has used when it ends. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'octohost';
import base from '../../octohost.config.ts';
import { type ProcessUse, useFolder } from './process-use.ts';

const writesUse: Plugin = {
  name: 'bench-use',
  setup({ installation: { dataDir } }) {
    process.on('exit', () => {
      const { user, system } = process.cpuUsage();
      const use: ProcessUse = {
        words: process.argv.slice(2),
        cpuMs: (user + system) / 1000,
        memoryMb: process.resourceUsage().maxRSS / 1024,
      };
      const folder = useFolder(dataDir);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(use));
    });
  },
};

export default defineConfig({ ...base, plugins: [...base.plugins, writesUse] });
