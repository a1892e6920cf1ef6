/** The configuration of a lab: the built-in plugins, and gates at which a test holds a deploy. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defineConfig, definePlugin } from 'octohost';
import base from '../../octohost.config.ts';

/**
 * A deploy waits at a hook for as long as there is a file `gates/<hook>-<site>` beside the instance's data, and tells
 * that it has come there with `<hook>-<site>.reached`.
 */
const gates = definePlugin({
  name: 'gates',
  setup({ hooks, installation }) {
    const folder = join(dirname(installation.dataDir), 'gates');
    const hold = async (hook: string, site: string, signal: AbortSignal) => {
      const gate = join(folder, `${hook}-${site}`);
      if (!existsSync(gate)) return;
      writeFileSync(`${gate}.reached`, '');
      while (existsSync(gate)) await sleep(20, undefined, { signal });
    };
    for (const hook of ['received', 'built', 'routed'] as const)
      hooks[hook].tap('hold', ({ site }, { signal }) => hold(hook, site, signal));
  },
});

export default defineConfig({ ...base, plugins: [...base.plugins, gates] });
