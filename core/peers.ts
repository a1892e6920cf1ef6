/** Sites that are tied to others by links and volumes: which instance of the other they get, and when that has changed. */
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import { findInstances } from './instances.ts';
import type { Instance, Peer, Release, RunOptions } from './release.ts';
import type { WantedOptions, WantedPeer } from './run-options.ts';
import type { World } from './world.ts';

/** The sites that a release is tied to. Pure. */
export function peersOf({ run }: Pick<Release, 'run'>): readonly Peer[] {
  return [...(run.links ?? []), ...(run.volumesFrom ?? [])];
}

/**
 * The instances that links and volumes lead to; the ones of before as long as they run. Throws E_PEER_MISSING,
 * E_PEER_CIRCLE.
 */
export async function resolvePeers(
  world: World,
  site: SiteName,
  wanted: Pick<WantedOptions, 'links' | 'volumesFrom'>,
  previous: Release | undefined,
): Promise<Pick<RunOptions, 'links' | 'volumesFrom'>> {
  if (wanted.links.length + wanted.volumesFrom.length === 0) return {};
  const before = new Set(previous ? peersOf(previous).map(({ instance }) => instance) : []);
  const find = async ({ site: other, line }: WantedPeer): Promise<Peer> => {
    await refuseCircle(world, site, other);
    const serving = await servingInstances(world, other);
    const chosen = serving.find(({ id }) => before.has(id)) ?? serving[0];
    if (!chosen) throw errors.E_PEER_MISSING({ site, other, line });
    return { site: other, instance: chosen.id };
  };
  const links = await Promise.all(
    wanted.links.map(async (link) => ({ alias: link.alias, ...(await find(link)) })),
  );
  const volumesFrom = await Promise.all(wanted.volumesFrom.map(find));
  return { ...(links.length > 0 ? { links } : {}), ...(volumesFrom.length > 0 ? { volumesFrom } : {}) };
}

/** Sites that wait for each other would get new instances for ever. */
async function refuseCircle(world: World, site: SiteName, other: SiteName): Promise<void> {
  const seen = new Set<SiteName>();
  const ahead = [other];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (next === site) throw errors.E_PEER_CIRCLE({ site, other });
    if (seen.has(next)) continue;
    seen.add(next);
    const release = await currentRelease(world, next);
    if (release) ahead.push(...peersOf(release).map((peer) => peer.site));
  }
}

/** The instances that serve for a site; none where it is stopped. */
export async function servingInstances(world: World, site: SiteName): Promise<readonly Instance[]> {
  const release = await currentRelease(world, site);
  return release ? (await findInstances(world, release)).kept : [];
}

async function currentRelease(world: World, site: SiteName): Promise<Release | undefined> {
  const pointer = (await world.state.pointer(site))?.record;
  return pointer && !pointer.stopped ? world.state.release(site, pointer.release) : undefined;
}
