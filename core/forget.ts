/** What is recorded of a site goes away: with the site, or because there is no site of which it could be. */

import type { SiteName } from './grammar.ts';
import { discardImage, imagesOf } from './images.ts';
import { keys } from './keys.ts';
import type { Lease } from './lease.ts';
import type { StoreOperation } from './roles.ts';
import type { World } from './world.ts';

/** How many records go in one transaction; every store takes as many. */
const recordsAtOnce = 50;

/** First what makes it a site, so that a kill leaves only records that nobody reads; then those. */
export async function forgetRecords(world: World, site: SiteName, lease: Lease): Promise<void> {
  const { store } = world.state;
  const claims = (await store.list(keys.claims)).filter(({ value }) => value === site);
  const settings = await store.list(keys.settings(site));
  const below = await keysBelow(world, [...historyOf(site), keys.deploysOf(site), keys.traces(site)]);
  const single = [
    keys.pointer(site),
    keys.settingsJournal(site),
    keys.domains(site),
    keys.retiring(site),
    keys.byHand(site),
    keys.maintenance(site),
    keys.published(site),
  ];
  const routes: StoreOperation = { kind: 'set', key: keys.routes, value: `removal of ${site}` };
  const all = [...single, ...[...claims, ...settings].map(({ key }) => key), ...below];
  await deleteInParts(world, { site, lease }, all, [routes]);
}

/** Releases, what they are made of, and their images, of a name that is no site. Under its lease; true where anything was there. */
export async function forgetHistory(world: World, site: SiteName, lease: Lease): Promise<boolean> {
  const all = await keysBelow(world, historyOf(site));
  const images = await imagesOf(world.providers, site);
  for (const image of images) {
    await lease.assertHeld();
    await discardImage(world.providers, image);
  }
  await deleteInParts(world, { site, lease }, all);
  return all.length + images.length > 0;
}

/** Releases, and what they are made of. */
function historyOf(site: SiteName): string[] {
  return [keys.releases(site), keys.contents(site), keys.stabilities(site)];
}

async function keysBelow({ state }: World, prefixes: readonly string[]): Promise<string[]> {
  const found = await Promise.all(prefixes.map((prefix) => state.store.list(prefix)));
  return found.flat().map(({ key }) => key);
}

/** @param first done with the first part */
async function deleteInParts(
  { state }: World,
  { site, lease }: { readonly site: SiteName; readonly lease: Lease },
  all: readonly string[],
  first: readonly StoreOperation[] = [],
): Promise<void> {
  for (let done = 0; done < all.length; done += recordsAtOnce) {
    const some = all.slice(done, done + recordsAtOnce).map((key) => ({ kind: 'delete' as const, key }));
    await state.commit(`The site ${site}`, [lease.check(), ...some, ...(done === 0 ? first : [])]);
  }
}
