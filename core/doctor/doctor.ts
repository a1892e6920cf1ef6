/** Looks at everything that an installation depends on, and at each site beside its release. Changes nothing. */
import type { PluginUse } from '../plugin.ts';
import type { World } from '../world.ts';
import { installationChecks } from './installation.ts';
import { type CheckResult, pluginSeconds, runAll } from './run.ts';
import { sitesCheck } from './sites.ts';

/** How long a check of octohost's own may take, in seconds: one of them looks at every instance. */
const ownSeconds = 300;

/** octohost's own checks, then those of the plugins in the order of their list. */
export async function runChecks(world: World, signal: AbortSignal): Promise<CheckResult[]> {
  const own = [...installationChecks(world), sitesCheck(world)];
  const [ours, theirs] = await Promise.all([
    runAll(own, { plugin: 'octohost', signal, seconds: ownSeconds }),
    runPluginChecks(world.uses, signal),
  ]);
  return [...ours, ...theirs];
}

/** Those that plugins bring. @param seconds how long each may take */
export async function runPluginChecks(
  uses: readonly PluginUse[],
  signal: AbortSignal,
  seconds = pluginSeconds,
): Promise<CheckResult[]> {
  const found = await Promise.all(
    uses.map(({ plugin, checks }) => runAll(checks, { plugin, signal, seconds })),
  );
  return found.flat();
}
