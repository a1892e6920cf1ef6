/** Frees what no release within reach needs, so that a disk does not fill: images, configurations, certificates. */
import type { SiteName } from './grammar.ts';
import { discardImage, imagesOf } from './images.ts';
import { keys } from './keys.ts';
import { chosenSites } from './known-sites.ts';
import type { Lease } from './lease.ts';
import { type Surplus, surplusOf } from './reach.ts';
import { withSites } from './site-leases.ts';
import type { Operation, World } from './world.ts';

/** What can be freed of a site. */
export interface SiteSurplus extends Surplus {
  readonly site: SiteName;
}

/** How many records go in one transaction; every store takes as many. */
const recordsAtOnce = 50;

/** What can be freed of a site now. Only under its lease is it certain that no deploy needs it. */
export async function findSurplus({ state, providers, config }: World, site: SiteName): Promise<SiteSurplus> {
  const [pointer, releases, retiring, instances, images, contents] = await Promise.all([
    state.pointer(site),
    state.releases(site),
    state.retiring(site),
    providers.runtime.list(site),
    imagesOf(providers, site),
    state.contentKeys(site),
  ]);
  const running = [...instances, ...(retiring?.record.instances ?? [])].map(({ release }) => release);
  const needed = new Set([...(pointer ? [pointer.record.release] : []), ...running]);
  return { site, ...surplusOf({ releases, needed, images, contents }, config.releases.keep) };
}

/** Nothing of it is there. */
export function isNothing({ images, contents }: Surplus): boolean {
  return images.length === 0 && contents.length === 0;
}

/** What was freed, for people. Pure. */
export function freedWords({ images, contents }: Surplus): string[] {
  return [
    ...images.map(({ tag }) => `freed the image ${tag}`),
    ...(contents.length > 0 ? [`freed ${contents.length} records of old releases`] : []),
  ];
}

/** Frees what a site does not need; returns what is really gone, for an engine keeps what something uses. */
export async function freeSurplus(world: World, site: SiteName, operation: Operation): Promise<SiteSurplus> {
  const before = await findSurplus(world, site);
  if (isNothing(before)) return before;
  return withSites(world, [site], 'clean', operation, async (leases) => {
    const lease = leases.get(site) as Lease;
    const surplus = await findSurplus(world, site);
    for (const image of surplus.images) {
      await lease.assertHeld();
      await discardImage(world.providers, image);
    }
    await forgetContents(world, surplus, lease);
    const left = new Set((await imagesOf(world.providers, site)).map(({ tag }) => tag));
    return { ...surplus, images: surplus.images.filter(({ tag }) => !left.has(tag)) };
  });
}

/** Under the lease of the site. */
export async function forgetContents(
  { state }: World,
  { site, contents }: SiteSurplus,
  lease: Lease,
): Promise<void> {
  for (let done = 0; done < contents.length; done += recordsAtOnce) {
    const some = contents.slice(done, done + recordsAtOnce);
    await state.commit(`The records of ${site}`, [
      lease.check(),
      ...some.map((key) => ({ kind: 'delete' as const, key: keys.content(site, key) })),
    ]);
  }
}

/** What could be freed, of the sites named or of all; sites that need everything are left out. */
export async function planClean(
  world: World,
  sites: readonly SiteName[] | undefined,
): Promise<SiteSurplus[]> {
  const all = await Promise.all((await chosenSites(world, sites)).map((site) => findSurplus(world, site)));
  return all.filter((surplus) => !isNothing(surplus));
}

/** Frees it, and returns what was freed. */
export async function clean(
  world: World,
  sites: readonly SiteName[] | undefined,
  operation: Operation,
): Promise<SiteSurplus[]> {
  const freed: SiteSurplus[] = [];
  for (const site of await chosenSites(world, sites)) {
    operation.signal.throwIfAborted();
    freed.push(await freeSurplus(world, site, operation));
  }
  return freed.filter((surplus) => !isNothing(surplus));
}
