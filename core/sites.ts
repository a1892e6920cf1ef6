/** What can be done with a site beside deploying it: stop, remove, and see how it is. */
import { ensureByHand } from './by-hand.ts';
import { contentKey } from './content-key.ts';
import { deregisterOrphans } from './converge.ts';
import { makeStopped, urlsOf } from './deploy.ts';
import { ownDomains } from './domains.ts';
import { errors } from './error-catalogue.ts';
import { forgetRecords } from './forget.ts';
import type { SiteName } from './grammar.ts';
import { discardImage, imagesOf } from './images.ts';
import { findInstances } from './instances.ts';
import { keys } from './keys.ts';
import type { Lease } from './lease.ts';
import { settingsSnapshot } from './plan.ts';
import { isUnpublished } from './publish.ts';
import type { Pointer } from './records.ts';
import type { Release, Settings } from './release.ts';
import { endTasks } from './release-task.ts';
import { endMarked } from './retire.ts';
import type { StepContext } from './roles.ts';
import { applyRoutes } from './routes.ts';
import { beginRun } from './run.ts';
import { withSites } from './site-leases.ts';
import { snapshotWorld } from './snapshot-world.ts';
import { isUnstable, stabilities } from './stability.ts';
import type { State } from './state.ts';
import { switchTo } from './switch.ts';
import { volumesOf } from './volumes.ts';
import { channel, type Operation, uninterrupted, type World } from './world.ts';

/** How a site is. */
export interface SiteStatus {
  readonly site: SiteName;
  /** `up`: as many as wanted run; `degraded`: fewer; `down`: none; `stopped`: none is wanted. */
  readonly state: 'up' | 'degraded' | 'down' | 'stopped' | 'not deployed';
  /** The current release; absent before the first deploy. */
  readonly release?: number;
  readonly running: number;
  readonly wanted: number;
  readonly urls: readonly string[];
  /** True where settings were changed since the release was made. */
  readonly changed: boolean;
  /** True where the image waits to be published. */
  readonly unpublished: boolean;
  /** True where an instance ended by itself in the half minute after the switch. */
  readonly unstable: boolean;
  /** True where the router answers in the place of the instances. */
  readonly maintenance: boolean;
  /** ISO 8601; when the release was made. */
  readonly since?: string;
}

/** @param running ids of instances that run, where they are known: then only the others are looked at */
export async function status(
  world: World,
  site: SiteName,
  running: ReadonlySet<string> = new Set(),
): Promise<SiteStatus> {
  const { state, config } = world;
  const pointer = (await state.pointer(site))?.record;
  const release = pointer && (await state.release(site, pointer.release));
  if (!pointer || !release) {
    if (!(await hasSettings(state, site))) throw errors.E_SITE_UNKNOWN({ site });
    return {
      site,
      state: 'not deployed',
      running: 0,
      wanted: 0,
      urls: [],
      changed: false,
      unpublished: false,
      unstable: false,
      maintenance: false,
    };
  }
  const started = await stabilities(world, site);
  // With the pointer that is written of a deploy whose instances had all proven themselves.
  const proven = new Set(started.map(({ deploy }) => deploy));
  const { kept } = await findInstances(
    world,
    release,
    false,
    ({ id, deploy }) => running.has(id) && proven.has(deploy),
  );
  return {
    site,
    state: stateOf(pointer, release, kept.length),
    release: release.number,
    running: kept.length,
    wanted: pointer.stopped ? 0 : release.count,
    urls: urlsOf(release, config),
    changed: await isChanged(world, release),
    unpublished: await isUnpublished(world, pointer),
    unstable: isUnstable(started, release),
    maintenance: (await state.maintenance(site)) !== undefined,
    since: release.createdAt,
  };
}

async function hasSettings(state: State, site: SiteName): Promise<boolean> {
  const { settings, secrets } = await state.shownSettings(site);
  return Object.keys(settings).length + secrets.length > 0;
}

async function isChanged({ state }: World, { site, settings: made }: Release): Promise<boolean> {
  const record = await state.domains(site);
  try {
    const { values, secrets } = await state.openedSettings(site);
    const settings = values as Settings;
    const snapshot = settingsSnapshot(settings, ownDomains(settings, record));
    return contentKey(await state.secrets.digested(site, snapshot, secrets)) !== made;
  } catch {
    // Somebody wrote a DOMAINS value that cannot be read, or a secret cannot be opened.
    return true;
  }
}

function stateOf(pointer: Pointer, release: Release, running: number): SiteStatus['state'] {
  if (pointer.stopped) return 'stopped';
  if (running === 0) return 'down';
  return running < release.count ? 'degraded' : 'up';
}

/** How all sites are. */
export interface Statuses {
  readonly sites: readonly SiteStatus[];
  /** Sites whose status could not be told, and why. */
  readonly problems: readonly { readonly site: SiteName; readonly error: unknown }[];
}

/**
 * By name: as many calls of the store and the runtime for a thousand as for one, but for those instances that do not run or
 * were started since the last deploy.
 */
export async function statuses(world: World): Promise<Statuses> {
  const [then, running] = await Promise.all([snapshotWorld(world), world.providers.runtime.runningIds?.()]);
  const names = await listSites(then);
  const answers = await Promise.allSettled(names.map((site) => status(then, site, running)));
  return {
    sites: answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])),
    problems: answers.flatMap((answer, index) =>
      answer.status === 'rejected' ? [{ site: names[index] as SiteName, error: answer.reason }] : [],
    ),
  };
}

/** Every site with a release, readable or not, or a setting, by name. */
export async function listSites(world: World): Promise<SiteName[]> {
  const { state } = world;
  const [pointers, configured] = await Promise.all([state.sitesWithPointer(), state.sitesWithSettings()]);
  return [...new Set([...pointers, ...configured])].toSorted();
}

/** Takes a site away with its configuration and releases; its volumes only when asked for. Returns their names. */
export async function remove(
  world: World,
  site: SiteName,
  options: { volumes: boolean },
  operation: Operation,
): Promise<readonly string[]> {
  const { state, providers, hooks } = world;
  const context = channel(uninterrupted(operation), site);
  const known = (await listSites(world)).includes(site);
  const left = await volumesOf(world, site);
  if (!known && (left.length === 0 || !options.volumes)) throw errors.E_SITE_UNKNOWN({ site });
  const gone = await withSites(world, [site], 'remove', operation, async (leases) => {
    const lease = leases.get(site) as Lease;
    const run = await beginRun(world, { site, reason: 'stop' }, lease, uninterrupted(operation));
    await deregisterOrphans(world, site);
    if (run.pointer) await switchTo(world, [await makeStopped(world, run)]);
    await endMarked(world, site, (await state.retiring(site))?.record.instances ?? [], context);
    await endTasks(world, site);
    for (const image of await imagesOf(providers, site)) await discardImage(providers, image);
    await forgetRecords(world, site, lease);
    await applyRoutes(world, context);
    await ensureByHand(world, site);
    const volumes = options.volumes ? left : [];
    for (const name of volumes) await providers.runtime.removeVolume(name);
    await letGoOfAdopted(world, site, options.volumes, context);
    return { volumes, domains: run.previous?.domains ?? [] };
  });
  await hooks.announce('removed', { site, actor: operation.actor, ...gone }, context);
  return gone.volumes;
}

/** Volumes that somebody else made are nobody's here to remove; a new site of the name has them unless it is to begin without. */
async function letGoOfAdopted(
  { state }: World,
  site: SiteName,
  forGood: boolean,
  context: StepContext,
): Promise<void> {
  const volumes = await state.adoptedVolumes(site);
  for (const { name, path } of volumes)
    context.warn(
      `the volume ${name} (${path}), which the site was taken over with, stays; octohost did not make it`,
    );
  if (forGood)
    await state.commit(`The volumes of ${site}`, [{ kind: 'delete', key: keys.adoptedVolumes(site) }]);
}
