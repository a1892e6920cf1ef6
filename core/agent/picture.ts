/** What is known of each site at one look: whoever mends and whoever only tells go by the same. */
import type { SiteName } from '../grammar.ts';
import { conditionOf } from '../lease.ts';
import { isUnpublished } from '../publish.ts';
import type { Instance } from '../release.ts';
import type { RoutesView } from '../routes.ts';
import type { World } from '../world.ts';
import type { CurrentReleases } from './current.ts';
import type { Sights } from './sights.ts';
import type { Picture } from './symptoms.ts';

/** What lists have of a site. */
export interface Parts extends Pick<Picture, 'pointer' | 'instances' | 'entries'> {
  readonly retiring: readonly Instance[];
}

/** What was looked at. */
export interface Look {
  readonly sights: Sights;
  readonly current: CurrentReleases;
}

/** A site by its parts. */
export async function pictureOf(
  world: World,
  { sights, current }: Look,
  site: SiteName,
  { retiring, ...parts }: Parts,
): Promise<Picture> {
  const { pointer } = parts;
  return {
    ...parts,
    release: pointer && current.of(site),
    sightOf: (id) => sights.of(id),
    address: world.config.instances.address,
    retiring: new Set(retiring.map(({ id }) => id)),
    unpublished: pointer !== undefined && (await isUnpublished(world, pointer)),
  };
}

/** Sites that somebody who is alive works on. */
export async function busySites(world: World): Promise<Set<string>> {
  const held = await world.state.heldLeases();
  const alive = held.filter(({ holder, beat }) => conditionOf(world, holder, beat) === 'alive');
  const prefix = 'site/';
  return new Set(alive.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : [])));
}

function bySite<Kind extends { readonly site: SiteName }>(all: readonly Kind[]): Map<SiteName, Kind[]> {
  return Map.groupBy(all, ({ site }) => site);
}

/** What there is of each site. Pure. */
export function partsOf(
  view: Pick<RoutesView, 'pointers' | 'retirings' | 'catalog'>,
  instances: readonly Instance[],
): Map<SiteName, Parts> {
  const [pointers, retirings] = [bySite(view.pointers), bySite(view.retirings)];
  const [running, entries] = [bySite(instances), bySite(view.catalog)];
  const sites = new Set([pointers, retirings, running, entries].flatMap((one) => [...one.keys()]));
  return new Map(
    [...sites].map((site) => [
      site,
      {
        pointer: pointers.get(site)?.[0],
        retiring: (retirings.get(site) ?? []).flatMap((one) => one.instances),
        instances: running.get(site) ?? [],
        entries: entries.get(site) ?? [],
      },
    ]),
  );
}
