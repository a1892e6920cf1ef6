/** Which services are to be kept out of the routes, and why. Pure. */
import type { CatalogEntry, InstanceState } from '../roles.ts';
import { isElsewhere } from '../service.ts';
import type { Asked } from './asked.ts';
import type { LeftOut } from './shapes.ts';

/** What was seen of an instance: how it is, that it is gone, or undefined where nobody could look. */
export type Sight = InstanceState | 'gone' | undefined;

/**
 * What is seen of the instance behind a service. Of one at another address than this host's instances have, the runtime
 * of this host can say how it is, and not that it is gone.
 */
export function sightBehind(
  entry: CatalogEntry,
  { sightOf, address }: { readonly sightOf: (instance: string) => Sight; readonly address: string },
): Sight {
  if (entry.kind !== 'instance') return undefined;
  const sight = sightOf(entry.instance);
  return sight === 'gone' && isElsewhere(entry, address) ? undefined : sight;
}

/** What is known of the world for a judgement. */
export interface Seen {
  readonly catalog: readonly CatalogEntry[];
  readonly sightOf: (instance: string) => Sight;
  /** Of this host's instances. */
  readonly address: string;
  /** Undefined where the agent does not ask the service. */
  readonly askedOf: (service: string) => Asked | undefined;
  /** Ids of services that are out already. */
  readonly out: ReadonlySet<string>;
}

/** Sorted by service. Whether the last ones of a site are led to all the same is for the routes to say. */
export function leftOut({ catalog, askedOf, out, ...seen }: Seen): LeftOut[] {
  return catalog
    .flatMap((entry) => {
      const why = whyNot(sightBehind(entry, seen), out.has(entry.id)) ?? whyCritical(askedOf(entry.id));
      return why === undefined ? [] : [{ service: entry.id, site: entry.site, why }];
    })
    .toSorted((a, b) => (a.service < b.service ? -1 : 1));
}

/** @param wasOut one that comes back waits until its own health check has said so */
function whyNot(sight: Sight, wasOut: boolean): string | undefined {
  if (sight === undefined) return undefined;
  if (sight === 'gone') return 'its instance is gone';
  if (!sight.running)
    return sight.returning ? 'it has ended and is about to be started again' : 'it has ended';
  if (sight.paused) return 'it is paused';
  if (sight.health?.status === 'unhealthy') return 'its HEALTHCHECK says unhealthy';
  return wasOut && sight.health?.status === 'starting' ? 'its HEALTHCHECK says starting' : undefined;
}

function whyCritical(asked: Asked | undefined): string | undefined {
  return asked?.critical ? `its check failed: ${asked.because}` : undefined;
}

/** Whether an instance has to answer anew before it is led to again. */
export function hasEnded(sight: Sight): boolean {
  return sight === 'gone' || (sight !== undefined && (!sight.running || sight.paused === true));
}

/** What becomes of the services between two judgements, one line each. */
export function changesBetween(
  before: readonly LeftOut[],
  after: readonly LeftOut[],
): { readonly site: LeftOut['site']; readonly what: string }[] {
  const known = new Map(before.map((one) => [one.service, one]));
  const now = new Set(after.map(({ service }) => service));
  return [
    ...after
      .filter(({ service, why }) => known.get(service)?.why !== why)
      .map(({ site, service, why }) => ({ site, what: `${service} is kept out of the routes: ${why}` })),
    ...before
      .filter(({ service }) => !now.has(service))
      .map(({ site, service }) => ({ site, what: `${service} is no longer kept out of the routes` })),
  ];
}
