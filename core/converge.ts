/** Converge: makes the world equal to the current releases. For success, failure, crash, boot and repair alike. */
import { removeUnattended } from './attended.ts';
import { bringUp } from './bring-up.ts';
import { ensureByHand } from './by-hand.ts';
import { freedWords, freeSurplus } from './clean.ts';
import { recordDead } from './deploys.ts';
import { errors } from './error-catalogue.ts';
import { isOctohostError } from './errors.ts';
import { freeUnusedPorts } from './failure.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import { chosenSites } from './known-sites.ts';
import { giveBackExpired, type Lease } from './lease.ts';
import { finishJournal } from './many-settings.ts';
import { isUnpublished, publish } from './publish.ts';
import type { Pointer } from './records.ts';
import type { Instance, InstanceService, Release } from './release.ts';
import { removeEndedTasks } from './release-task.ts';
import { endRename, forgetUnmade } from './rename-end.ts';
import { finishRetiring, markRetiring } from './retire.ts';
import type { RefusedRoute } from './roles.ts';
import { applyRoutes } from './routes.ts';
import type { StepRun } from './run.ts';
import { orphansOf } from './service.ts';
import { withSites } from './site-leases.ts';
import { settleStability } from './stability.ts';
import { channel, type Operation, uninterrupted, type World } from './world.ts';

/** One thing that converge did, in words. */
export interface Action {
  readonly site: SiteName;
  readonly did: string;
}

/** What converge did and what it could not do; nothing in either means that the world was as it should be. */
export interface Convergence {
  readonly actions: readonly Action[];
  readonly problems: readonly Problem[];
}

interface Problem {
  readonly site: SiteName;
  readonly error: unknown;
}

interface SiteConvergence {
  readonly did: readonly string[];
  /** Why the registry still does not have what serves. */
  readonly unpublished?: unknown;
}

/** Converges the sites named, or all that anything is left of. */
export async function converge(
  world: World,
  sites: readonly SiteName[] | undefined,
  operation: Operation,
): Promise<Convergence> {
  const wanted = await withoutPointerFirst(world, await chosenSites(world, sites));
  const unpublished: Problem[] = [];
  const { actions, problems } = await siteBySite(
    world,
    wanted,
    'converge',
    operation,
    async (site, lease) => {
      const done = await convergeSite(world, site, lease, operation);
      if (done.unpublished) unpublished.push({ site, error: done.unpublished });
      return done.did;
    },
  );
  const refused = await applyAfter(world, wanted, problems, operation);
  // Where the current release could not be brought up, what it replaced may be all that still answers.
  const whole = wanted.filter((site) => !problems.some((problem) => problem.site === site));
  for (const site of whole) {
    try {
      const ended = await finishRetiring(world, site, uninterrupted(operation));
      const renamed = await endRename(world, site, uninterrupted(operation));
      const freed = freedWords(await freeSurplus(world, site, operation));
      const did = [
        ...ended.map(({ name }) => `stopped ${name}`),
        ...(renamed ? [`is ${renamed.to} now, and nothing is left under this name`] : []),
        ...freed,
      ];
      actions.push(...did.map((one) => ({ site, did: one })));
    } catch (error) {
      problems.push({ site, error });
    }
  }
  problems.push(...refused.filter(({ site }) => wanted.includes(site)), ...unpublished);
  await giveBackExpired(world);
  return { actions, problems };
}

/** What a rename has begun that was killed may have the ports of the host that the site wants back. */
async function withoutPointerFirst(
  { state }: World,
  sites: readonly SiteName[],
): Promise<readonly SiteName[]> {
  const there = new Set(await state.sitesWithPointer());
  return sites.toSorted((a, b) => Number(there.has(a)) - Number(there.has(b)));
}

/** Puts the routes in force. A catalog that stays empty because nothing could be registered has been told of already. */
export async function applyAfter(
  world: World,
  sites: readonly SiteName[],
  problems: readonly Problem[],
  operation: Operation,
): Promise<readonly RefusedRoute[]> {
  try {
    return (await applyRoutes(world, channel(operation, sites[0] ?? ('' as SiteName)))).refused;
  } catch (error) {
    if (problems.length === 0 || !isOctohostError(error) || error.code !== 'E_CATALOG_EMPTY') throw error;
    return [];
  }
}

/** Works on each site under its lease; what one cannot have done stops no other. */
export async function siteBySite(
  world: World,
  sites: readonly SiteName[],
  purpose: string,
  operation: Operation,
  work: (site: SiteName, lease: Lease) => Promise<readonly string[]>,
): Promise<{ actions: Action[]; problems: Problem[] }> {
  const actions: Action[] = [];
  const problems: Problem[] = [];
  for (const site of sites) {
    operation.signal.throwIfAborted();
    try {
      const done = await withSites(world, [site], purpose, operation, (leases) =>
        work(site, leases.get(site) as Lease),
      );
      actions.push(...done.map((did) => ({ site, did })));
    } catch (error) {
      problems.push({ site, error });
    }
  }
  return { actions, problems };
}

async function convergeSite(
  world: World,
  site: SiteName,
  lease: Lease,
  operation: Operation,
): Promise<SiteConvergence> {
  await finishJournal(world.state, site);
  const left = (await forgetUnmade(world, { site, lease, operation }))
    ? ['forgot a rename that never came to be']
    : [];
  const pointer = (await world.state.pointer(site))?.record;
  const release = await wantedRelease(world, pointer);
  const present = release
    ? await bringUp(world, release, lease, operation)
    : { did: [], others: await world.providers.runtime.list(site), services: [] };
  const removed = await letGo(world, site, lease, present.others);
  const orphans = await deregisterOrphans(world, site, present.services);
  const given = await ensureByHand(world, site);
  const ended = await removeEndedTasks(world, site, (line) => operation.reporter.output(site, line));
  const unattended = await removeUnattended(world, site);
  const freed = await freeUnusedPorts(world, site);
  await recordDead(world, site);
  await settleStability(world, site);
  const { did: published, ...rest } =
    pointer && release ? await publishAgain(world, pointer, release, { lease, operation }) : { did: [] };
  const ports = freed > 0 ? [`freed ${freed} host ports`] : [];
  return {
    did: [left, present.did, removed, orphans, given, ended, unattended, ports, published].flat(),
    ...rest,
  };
}

/**
 * The release whose instances are wanted; undefined for a site that is stopped or has none. One that a pointer names
 * and nobody has is a broken store, not a site that wants nothing.
 */
export async function wantedRelease(
  world: World,
  pointer: Pointer | undefined,
): Promise<Release | undefined> {
  if (!pointer || pointer.stopped) return undefined;
  const { site, release: number } = pointer;
  const release = await world.state.release(site, number);
  if (!release) throw errors.E_STATE({ key: keys.release(site, number), problem: 'it is gone' }, { site });
  return release;
}

async function letGo(
  world: World,
  site: SiteName,
  lease: Lease,
  others: readonly Instance[],
): Promise<string[]> {
  const known = await world.state.retiring(site);
  const fresh = others.filter(({ id }) => !known?.record.instances.some((other) => other.id === id));
  if (fresh.length === 0) return [];
  await world.state.commitAnew(`The instances of ${site}`, async () => [
    lease.check(),
    ...markRetiring(site, await world.state.retiring(site), others),
    { kind: 'set', key: keys.routes, value: `converge of ${site}` } as const,
  ]);
  return fresh.map(({ name }) => `retired ${name}`);
}

/**
 * Services at this host's address whose instance is gone, and others than the wanted ones of an instance that stays. The
 * catalog is read first: an instance is always there before its service.
 */
export async function deregisterOrphans(
  world: World,
  site: SiteName,
  wanted: readonly InstanceService[] = [],
): Promise<string[]> {
  const { runtime, registrar } = world.providers;
  const { address } = world.config.instances;
  const entries = await registrar.list(site);
  const orphans = orphansOf(entries, { instances: await runtime.list(site), address }, wanted);
  for (const { id } of orphans) await registrar.deregister(id);
  return orphans.map(({ id }) => `deregistered ${id}`);
}

/** A registry that is down stops nothing else of the site. */
async function publishAgain(
  world: World,
  pointer: Pointer,
  release: Release,
  run: Pick<StepRun, 'lease' | 'operation'>,
): Promise<SiteConvergence> {
  if (!(await isUnpublished(world, pointer))) return { did: [] };
  try {
    const publication = await publish(world, { ...run, site: release.site, steps: [] }, release);
    return { did: publication ? [`published ${publication.reference}`] : [] };
  } catch (error) {
    return { did: [], unpublished: error };
  }
}
