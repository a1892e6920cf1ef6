/** What others wrote into the store or the catalog and octohost cannot use: it is shown, and left as it is. */
import { isSiteName, type SiteName } from './grammar.ts';
import { settingsPrefix } from './keys.ts';
import type { Unusable } from './roles.ts';
import { listSites } from './sites.ts';
import type { World } from './world.ts';

/** Where it is, and the site that it is of; absent where it is of none in particular. */
export interface UnusableThing extends Unusable {
  readonly where: 'store' | 'catalog';
  readonly site?: SiteName;
}

/** Of one site, or all there is; in the store first, by name. */
export async function findUnusable(world: World, site?: SiteName): Promise<readonly UnusableThing[]> {
  const { state } = world;
  const [settings, records, services] = await Promise.all([
    state.unusableSettings(site),
    state.unusableRecords(),
    site === undefined ? servicesOfAll(world) : servicesOf(world, site),
  ]);
  const stored = [...settings, ...records].map((one) => ({
    where: 'store' as const,
    ...one,
    ...ownerOf(one.name),
  }));
  return [...stored.filter((one) => site === undefined || one.site === site).toSorted(byName), ...services];
}

async function servicesOfAll(world: World): Promise<UnusableThing[]> {
  const sites = await listSites(world);
  const each = await Promise.all([
    world.providers.registrar.unusable(),
    ...sites.map((site) => servicesOf(world, site)),
  ]);
  const byId = new Map(
    each
      .flat()
      .toReversed()
      .map((one) => [one.name, { where: 'catalog' as const, ...one }]),
  );
  return [...byId.values()].toSorted(byName);
}

async function servicesOf({ providers }: World, site: SiteName): Promise<UnusableThing[]> {
  const found = await providers.registrar.unusable(site);
  return found.map((one) => ({ where: 'catalog' as const, ...one, site })).toSorted(byName);
}

/** The part of a key that is a site's name: `octohost/<site>/…`, `octohost-state/<what>/<site>/…`. Pure. */
export function ownerOf(key: string): { site?: SiteName } {
  const parts = key.split('/');
  const name = parts[key.startsWith(settingsPrefix) ? 1 : 2] ?? '';
  const isOfSite = key.startsWith(settingsPrefix) || ofSites.has(parts[1] ?? '');
  return isOfSite && isSiteName(name) ? { site: name } : {};
}

/** What of the state is kept by site. */
const ofSites = new Set(['sites', 'retiring', 'services', 'deploys', 'stability']);

function byName(one: Unusable, other: Unusable): number {
  return one.name < other.name ? -1 : 1;
}
