/** After a deploy that did not become current: what it began is taken away, and everybody is told. */
import { discardImage } from './deploy.ts';
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import type { Candidate } from './plan.ts';
import { freePorts, unusedPorts } from './ports.ts';
import { discardInstances } from './retire.ts';
import { deploymentOf, type Run } from './run.ts';
import { channel, uninterrupted, type World } from './world.ts';

/** Never throws and never masks the first error: what it cannot do now, converge does later. */
export async function cleanUp(
  world: World,
  runs: readonly Run[],
  candidates: ReadonlyMap<Run, Candidate>,
  failure: unknown,
): Promise<void> {
  const error = failure instanceof Error ? failure : new Error(String(failure));
  for (const run of runs) {
    const context = channel(uninterrupted(run.operation), run.site);
    try {
      await takeAway(world, run, candidates.get(run));
    } catch (problem) {
      context.warn(
        `not everything could be cleaned up (${messageOf(problem)}); octo converge ${run.site} does it`,
      );
    }
    await world.hooks.announce('failed', { ...deploymentOf(run), error }, context);
    await world.hooks.announce(
      'settled',
      { ...deploymentOf(run), outcome: 'failed', steps: run.steps },
      context,
    );
  }
}

async function takeAway(world: World, run: Run, candidate: Candidate | undefined): Promise<void> {
  const context = channel(uninterrupted(run.operation), run.site);
  const begun = (await world.providers.runtime.list(run.site)).filter(({ deploy }) => deploy === run.deploy);
  await discardInstances(world, run.site, begun, context);
  await freeUnusedPorts(world, run.site);
  if (candidate && run.reason === 'deploy') await discardImage(world, candidate.image);
}

/** Lets the reservations of a site rest that no instance uses. Under the site's lease only. */
export async function freeUnusedPorts(world: World, site: SiteName): Promise<number> {
  const { address } = world.config.instances;
  const instances = await world.providers.runtime.list(site);
  const used = new Set(instances.flatMap(({ bindings }) => bindings.map(({ hostPort }) => hostPort)));
  const unused = unusedPorts(site, await world.state.ports(address), used);
  const bindings = unused.map((hostPort) => ({
    port: hostPort,
    protocol: 'tcp' as const,
    hostAddress: address,
    hostPort,
  }));
  await freePorts(world, { site, deploy: '' }, bindings);
  return unused.length;
}
