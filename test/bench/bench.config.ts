/** The built-in plugins, and one that writes down what each process of octohost has used when it ends. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'octohost';
import base from '../../octohost.config.ts';
import { type ProcessUse, useFolder } from './process-use.ts';

/** User and system CPU that this process has used. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const writesUse: Plugin = {
  name: 'bench-use',
  setup({ hooks, installation: { dataDir } }) {
    const at: Record<string, number> = {};
    const note = (moment: string) => () => {
      at[moment] = cpuMs();
    };
    note('open')();
    hooks.received.tap('use', note('received'));
    hooks.started.tap('use', note('started'));
    hooks.registered.tap('use', note('registered'));
    hooks.routed.tap('use', note('routed'));
    const between = (from: string, to: string) => (at[to] ?? 0) - (at[from] ?? 0);
    process.on('exit', () => {
      // The benchmark itself ends when the instance is gone.
      if (!existsSync(dataDir)) return;
      const all = cpuMs();
      const use: ProcessUse = {
        words: process.argv.slice(2),
        cpuMs: all,
        ownCpuMs: {
          start: at['open'] ?? all,
          receive: between('open', 'received'),
          register: between('started', 'registered'),
          finish: all - (at['routed'] ?? all),
        },
        memoryMb: process.resourceUsage().maxRSS / 1024,
      };
      const folder = useFolder(dataDir);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(use));
    });
  },
};

export default defineConfig({ ...base, plugins: [...base.plugins, writesUse] });
