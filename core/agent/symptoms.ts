/** Where a site is not as its current release wants it. Pure. */
import { chooseInstances, isThere, servicesOf } from '../instances.ts';
import type { Pointer } from '../records.ts';
import type { Instance, Release } from '../release.ts';
import type { CatalogEntry } from '../roles.ts';
import { orphansOf } from '../service.ts';
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

/** What is not as it should be. */
export type SymptomKind =
  | 'missing-instances'
  | 'left-instances'
  | 'late-instances'
  | 'missing-services'
  | 'left-services'
  | 'unpublished';

/** One thing of a site that converge would mend. */
export interface Symptom {
  readonly kind: SymptomKind;
  /** For people: `1 of 2 instances do not run`. */
  readonly what: string;
}

/** What converge would mend; none where all is well. */
export function symptomsOf(picture: Picture): Symptom[] {
  const { pointer, release, retiring, unpublished } = picture;
  const isWanted = pointer !== undefined && !pointer.stopped && release !== undefined;
  const { kept, others } = splitOf(picture);
  const missing = isWanted ? release.count - kept.length : 0;
  const left = others.filter(({ id }) => !retiring.has(id)).map(({ name }) => name);
  return [
    ...(missing > 0
      ? [symptom('missing-instances', `${missing} of ${release?.count} instances do not run`)]
      : []),
    ...(left.length > 0 ? [symptom('left-instances', `${left.length} instances are left over`, left)] : []),
    ...(isWanted ? catalogSymptoms(picture, release, kept) : []),
    ...(unpublished ? [symptom('unpublished', 'its image is not published')] : []),
  ];
}

/** What is longer there than its end takes. */
export function lateSymptom(retiring: readonly Instance[]): Symptom {
  const names = retiring.map(({ name }) => name);
  return symptom('late-instances', `${names.length} instances were to end`, names);
}

/** How many things are named in one line. */
const mostNamed = 5;

function symptom(kind: SymptomKind, what: string, names: readonly string[] = []): Symptom {
  return { kind, what: [what, ...(names.length > 0 ? [someOf(names)] : [])].join(': ') };
}

/** The first few names of many. */
export function someOf(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return [...names.slice(0, mostNamed), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

/**
 * The instances that the current release keeps, and the others. Nothing is started in the place of what cannot be looked
 * at, or is about to be started again by the runtime.
 */
export function splitOf({ pointer, release, instances, sightOf, retiring }: Picture): {
  kept: Instance[];
  others: Instance[];
} {
  if (!pointer || pointer.stopped || !release) return { kept: [], others: [...instances] };
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
): Symptom[] {
  const known = new Set(entries.map(({ id }) => id));
  const missing = servicesOf(release, kept).flatMap(({ id }) => (known.has(id) ? [] : [id]));
  const orphans = orphansOf(entries, { instances, address }).map(({ id }) => id);
  return [
    ...(missing.length > 0
      ? [symptom('missing-services', `${missing.length} services are missing in the catalog`, missing)]
      : []),
    ...(orphans.length > 0
      ? [symptom('left-services', `${orphans.length} services have nobody behind them`, orphans)]
      : []),
  ];
}
