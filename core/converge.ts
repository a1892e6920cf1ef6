/** Converge: makes the world equal to the current releases. For success, failure, crash, boot and repair alike. */
import { randomBytes } from 'node:crypto';
import { withSites } from './engine.ts';
import { messageOf } from './errors.ts';
import { freeUnusedPorts } from './failure.ts';
import type { SiteName } from './grammar.ts';
import { ensureInstances, ensureServices } from './instances.ts';
import type { Lease } from './lease.ts';
import type { Instance, Release } from './release.ts';
import { finishRetiring, markRetiring } from './retire.ts';
import { applyRoutes } from './routes.ts';
import { createDeployId } from './run.ts';
import { keys } from './state.ts';
import { channel, type Operation, uninterrupted, type World } from './world.ts';

/** One thing that converge did, in words. */
export interface Action {
  readonly site: SiteName;
  readonly did: string;
}

/** What converge did and what it could not do; nothing in either means that the world was as it should be. */
export interface Convergence {
  readonly actions: readonly Action[];
  readonly problems: readonly { readonly site: SiteName; readonly error: unknown }[];
}

/** Converges the sites named, or all that the store, the runtime or the catalog know. */
export async function converge(
  world: World,
  sites: readonly SiteName[] | undefined,
  operation: Operation,
): Promise<Convergence> {
  const wanted = sites ?? (await knownSites(world));
  const actions: Action[] = [];
  const problems: { site: SiteName; error: unknown }[] = [];
  for (const site of wanted) {
    operation.signal.throwIfAborted();
    try {
      const done = await withSites(world, [site], 'converge', operation, (leases) =>
        convergeSite(world, site, leases.get(site) as Lease, operation),
      );
      actions.push(...done.map((did) => ({ site, did })));
    } catch (error) {
      problems.push({ site, error });
    }
  }
  await applyRoutes(world, channel(operation, wanted[0] ?? ('' as SiteName)));
  for (const site of wanted) {
    const ended = await finishRetiring(world, site, channel(uninterrupted(operation), site));
    actions.push(...ended.map(({ name }) => ({ site, did: `stopped ${name}` })));
  }
  return { actions, problems };
}

/** Every site that the store, the runtime or the catalog knows of this installation. */
export async function knownSites(world: World): Promise<SiteName[]> {
  const { state, providers } = world;
  const [pointers, retirings, instances, catalog] = await Promise.all([
    state.pointers(),
    state.retirings(),
    providers.runtime.list(),
    providers.registrar.list(),
  ]);
  const sites = [...pointers, ...retirings, ...instances, ...catalog].map(({ site }) => site);
  return [...new Set(sites)].toSorted();
}

async function convergeSite(
  world: World,
  site: SiteName,
  lease: Lease,
  operation: Operation,
): Promise<string[]> {
  const pointer = await world.state.pointer(site);
  const release =
    pointer && !pointer.record.stopped ? await world.state.release(site, pointer.record.release) : undefined;
  const present = release
    ? await bringUp(world, release, operation)
    : { did: [], others: await world.providers.runtime.list(site) };
  const removed = await letGo(world, site, lease, present.others);
  const orphans = await deregisterOrphans(world, site);
  const freed = await freeUnusedPorts(world, site);
  const published = release ? await publishAgain(world, release, operation) : [];
  return [
    ...present.did,
    ...removed,
    ...orphans,
    ...(freed > 0 ? [`freed ${freed} host ports`] : []),
    ...published,
  ];
}

async function bringUp(
  world: World,
  release: Release,
  operation: Operation,
): Promise<{ did: string[]; others: readonly Instance[] }> {
  const context = channel(operation, release.site);
  const deploy = createDeployId(world.clock.now(), randomBytes(4).toString('hex'));
  const environment = await world.state.environment(release);
  const { instances, started, others } = await ensureInstances(world, release, environment, deploy, context);
  const known = new Set((await world.providers.registrar.list(release.site)).map(({ id }) => id));
  const services = await ensureServices(world, release, instances, context);
  const registered = services.filter(({ id }) => !known.has(id));
  return {
    did: [...started.map(({ name }) => `started ${name}`), ...registered.map(({ id }) => `registered ${id}`)],
    others,
  };
}

async function letGo(
  world: World,
  site: SiteName,
  lease: Lease,
  others: readonly Instance[],
): Promise<string[]> {
  const known = await world.state.retiring(site);
  const marks = markRetiring(site, known, others);
  if (marks.length === 0) return [];
  await world.state.commit(`The instances of ${site}`, [
    lease.check(),
    ...marks,
    { kind: 'set', key: keys.routes, value: `converge of ${site}` },
  ]);
  const fresh = others.filter(({ id }) => !known?.record.instances.some((other) => other.id === id));
  return fresh.map(({ name }) => `retired ${name}`);
}

/** Services whose instance is gone. */
async function deregisterOrphans(world: World, site: SiteName): Promise<string[]> {
  const { runtime, registrar } = world.providers;
  const alive = new Set((await runtime.list(site)).map(({ id }) => id));
  const orphans = (await registrar.list(site)).filter(({ instance }) => !alive.has(instance));
  for (const { id } of orphans) await registrar.deregister(id);
  return orphans.map(({ id }) => `deregistered ${id}`);
}

async function publishAgain(world: World, release: Release, operation: Operation): Promise<string[]> {
  const { publisher } = world.providers;
  if (!publisher || !(await world.state.isUnpublished(release.site))) return [];
  try {
    const reference = await publisher.publish(release, channel(operation, release.site));
    await world.state.store.transact([{ kind: 'delete', key: keys.unpublished(release.site) }]);
    return [`published ${reference}`];
  } catch (error) {
    operation.reporter.warn(release.site, `current, not published: ${messageOf(error)}`);
    return [];
  }
}
