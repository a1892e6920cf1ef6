/** Where a site is not as its current release wants it. Pure. */
import { chooseInstances, isThere, servicesOf } from '../instances.ts';
import type { Pointer } from '../records.ts';
import type { Instance, Release } from '../release.ts';
import type { CatalogEntry } from '../roles.ts';
import { isElsewhere } from '../service.ts';
import type { Sight } from './health.ts';

/** All that is known of a site. */
export interface Picture {
  readonly pointer: Pointer | undefined;
  /** The one that the pointer names; undefined where there is none. */
  readonly release: Release | undefined;
  readonly instances: readonly Instance[];
  readonly sightOf: (instance: string) => Sight;
  /** Of this host's instances. */
  readonly address: string;
  /** Ids of instances that are marked to end. */
  readonly retiring: ReadonlySet<string>;
  readonly entries: readonly CatalogEntry[];
  readonly unpublished: boolean;
}

/** What converge would mend, in words; none where all is well. */
export function symptomsOf(picture: Picture): string[] {
  const { pointer, release, instances, retiring, unpublished } = picture;
  const isWanted = pointer !== undefined && !pointer.stopped && release !== undefined;
  const { kept, others } = isWanted
    ? keptOf(picture, release)
    : { kept: [] as Instance[], others: [...instances] };
  const missing = isWanted ? release.count - kept.length : 0;
  const left = others.filter(({ id }) => !retiring.has(id)).length;
  return [
    ...(missing > 0 ? [`${missing} of ${release?.count} instances do not run`] : []),
    ...(left > 0 ? [`${left} instances are left over`] : []),
    ...(isWanted ? catalogSymptoms(picture, release, kept) : []),
    ...(unpublished ? ['its image is not published'] : []),
  ];
}

/** Nothing is started in the place of what cannot be looked at, or is about to be started again by the runtime. */
function keptOf({ instances, sightOf, retiring }: Picture, release: Release) {
  const found = instances.map((instance) => {
    const sight = sightOf(instance.id);
    return {
      instance,
      alive: sight === undefined || (sight !== 'gone' && isThere(release, instance, sight, true)),
    };
  });
  return chooseInstances(release, found, retiring);
}

function catalogSymptoms(
  { entries, instances, address }: Picture,
  release: Release,
  kept: readonly Instance[],
) {
  const known = new Set(entries.map(({ id }) => id));
  const there = new Set(instances.map(({ id }) => id));
  const missing = servicesOf(release, kept).filter(({ id }) => !known.has(id)).length;
  const orphans = entries.filter(
    (one) => one.kind === 'instance' && !there.has(one.instance) && !isElsewhere(one, address),
  ).length;
  return [
    ...(missing > 0 ? [`${missing} services are missing in the catalog`] : []),
    ...(orphans > 0 ? [`${orphans} services have nobody behind them`] : []),
  ];
}
