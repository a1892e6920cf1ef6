/** After a deploy that did not become current: what it began is taken away, and everybody is told. */
import { ensureByHand } from './by-hand.ts';
import { findSurplus, forgetContents } from './clean.ts';
import { recordFailed } from './deploys.ts';
import { messageOf } from './errors.ts';
import { forgetHistory } from './forget.ts';
import type { SiteName } from './grammar.ts';
import { bringBack } from './host-ports.ts';
import { discardImage } from './images.ts';
import type { Candidate } from './plan.ts';
import { freePorts, unusedPorts } from './ports.ts';
import type { PortReservation } from './records.ts';
import { takeAway } from './retire.ts';
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
      await undo(world, run, candidates.get(run));
      await recordFailed(world, run, error);
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

/**
 * Ends what this deploy began, unless it is current after all: its switch could not be undone, or its answer was lost.
 * The marks are made under the lease, so a holder that lost it touches nothing: somebody may have made use of it.
 */
async function undo(world: World, run: Run, candidate: Candidate | undefined): Promise<void> {
  const context = channel(uninterrupted(run.operation), run.site);
  if (await isCurrent(world, run)) {
    context.warn(
      `release ${run.lastNumber + 1} is current all the same; octo converge ${run.site} completes it`,
    );
    return;
  }
  // Its switch could not be undone: it has another name all the same.
  if (run.pointer && !(await world.state.pointer(run.site))) return;
  const begun = (await world.providers.runtime.list(run.site)).filter(({ deploy }) => deploy === run.deploy);
  await takeAway(world, run.lease, run.site, begun, context);
  await freeUnusedPorts(world, run.site, ({ deploy }) => deploy === run.deploy);
  if (candidate?.fresh) await discardImage(world.providers, candidate.image);
  // Secrets among it: they were written before the pointer.
  // A name that began with a history is none that the rename wrote.
  if (run.reason === 'rename' && !run.pointer && run.lastNumber === 0) {
    await forgetHistory(world, run.site, run.lease);
    await ensureByHand(world, run.site);
  } else if (candidate) await forgetContents(world, await findSurplus(world, run.site), run.lease);
  if (await bringBack(world, run, context)) context.output(`release ${run.previous?.number} is back`);
}

async function isCurrent(world: World, run: Run): Promise<boolean> {
  return (await world.state.currentRelease(run.site))?.deploy === run.deploy;
}

/** Ports that are reserved for a site and that none of its instances uses, of those reservations that are chosen. */
export async function portsLeft(
  world: World,
  site: SiteName,
  choose: (reservation: PortReservation) => boolean = () => true,
): Promise<number[]> {
  const instances = await world.providers.runtime.list(site);
  const used = new Set(instances.flatMap(({ bindings }) => bindings.map(({ hostPort }) => hostPort)));
  const reserved = [...(await world.state.ports(world.config.instances.address))];
  return unusedPorts(site, new Map(reserved.filter(([, { record }]) => choose(record))), used);
}

/** Lets the reservations of a site rest that no instance uses, of those that are chosen. Under the site's lease only. */
export async function freeUnusedPorts(
  world: World,
  site: SiteName,
  choose: (reservation: PortReservation) => boolean = () => true,
): Promise<number> {
  const { address } = world.config.instances;
  const unused = await portsLeft(world, site, choose);
  const bindings = unused.map((hostPort) => ({
    port: hostPort,
    protocol: 'tcp' as const,
    hostAddress: address,
    hostPort,
  }));
  await freePorts(world, { site, deploy: '' }, bindings);
  return unused.length;
}
