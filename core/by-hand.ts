/**
 * Services that somebody runs elsewhere, given to a site by hand. The store has the list of them, the catalog follows
 * it: so a list changes in one transaction with the routes, and no deploy, retire or converge takes one away.
 */
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Lease } from './lease.ts';
import type { ByHand, Pointer } from './records.ts';
import type { ByHandService } from './release.ts';
import type { CatalogEntry, StoreOperation } from './roles.ts';
import { readRoutes, routesOf } from './routes.ts';
import {
  byHandService,
  type GivenService,
  hostAndPort,
  isEntryOf,
  serviceId,
  speaksHttp,
} from './service.ts';
import { withSites } from './site-leases.ts';
import type { Versioned } from './state.ts';
import { changeRoutes } from './switch.ts';
import { channel, type Operation, type World } from './world.ts';

/** What becomes of the services that a site was given by hand. */
export type ByHandChange =
  /** Where one is there already, it gets these tags. */
  { readonly set: GivenService } | { readonly remove: Pick<GivenService, 'address' | 'port'> | 'all' };

/** What a change of the services that were given by hand came to. */
export interface ByHandOutcome {
  /** What was set, or what was taken away. */
  readonly services: readonly ByHandService[];
  /** Why the router does not lead to what was set; absent where it does. */
  readonly unrouted?: string;
}

/**
 * Changes the list under the site's lease, and the routes with it: tested before, taken back if they cannot be applied.
 * @throws E_SERVICE_TAGS, E_SERVICE_OURS, E_SERVICE_UNKNOWN
 */
export async function changeByHand(
  world: World,
  site: SiteName,
  change: ByHandChange,
  operation: Operation,
): Promise<ByHandOutcome> {
  return withSites(world, [site], 'services', operation, async (leases) => {
    const known = await world.state.byHand(site);
    const before = known?.record.services ?? [];
    const after =
      'set' in change
        ? withOne(before, given(world, site, change.set, operation))
        : without(before, site, change.remove);
    const fresh = after.filter((one) => !before.includes(one));
    const pointer = (await world.state.pointer(site))?.record;
    const lease = leases.get(site) as Lease;
    await store(world, { site, services: after }, { known, pointer, lease, fresh }, operation);
    if ('set' in change) return { services: fresh, ...whyUnrouted(pointer, fresh) };
    await warnWhereNobodyIsLeft(world, pointer, operation);
    return { services: before.filter((one) => !after.includes(one)) };
  });
}

function given(
  { config, clock }: World,
  site: SiteName,
  wanted: GivenService,
  { actor }: Operation,
): ByHandService {
  const { address, first, last } = config.instances;
  const { port } = wanted;
  // One day an instance of another site would answer there.
  if (wanted.address === address && port >= first && port <= last)
    throw errors.E_SERVICE_OURS({ address, port, first, last });
  return byHandService(site, wanted, { actor, since: new Date(clock.now()).toISOString() });
}

/** Pure. */
function withOne(services: readonly ByHandService[], one: ByHandService): ByHandService[] {
  return [...services.filter(({ id }) => id !== one.id), one].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Pure. */
function without(
  services: readonly ByHandService[],
  site: SiteName,
  gone: Pick<GivenService, 'address' | 'port'> | 'all',
): ByHandService[] {
  if (gone === 'all') return [];
  const id = serviceId(site, gone.address, gone.port);
  if (!services.some((one) => one.id === id))
    throw errors.E_SERVICE_UNKNOWN({ site, address: hostAndPort(gone) });
  return services.filter((one) => one.id !== id);
}

interface Found {
  readonly known: Versioned<ByHand> | undefined;
  readonly pointer: Pointer | undefined;
  readonly lease: Lease;
  /** What the catalog has to have before the routes are tested. */
  readonly fresh: readonly ByHandService[];
}

async function store(world: World, wanted: ByHand, found: Found, operation: Operation): Promise<void> {
  const { site } = wanted;
  const { lease, fresh, pointer } = found;
  try {
    for (const service of fresh) await world.providers.registrar.register(service);
    await changeRoutes(world, {
      run: { site, operation, lease, steps: [] },
      what: `The services of ${site}`,
      by: `services of ${site}`,
      routes: isRouted(pointer) && { byHand: [wanted] },
      sites: [site],
      operations: async () => [lease.check(), writeOf(wanted, found.known)],
    });
  } catch (error) {
    // Under a lost lease the catalog is somebody else's to write; converge does it later.
    await lease
      .assertHeld()
      .then(() => ensureByHand(world, site))
      .catch(() => {});
    throw error;
  }
  try {
    await ensureByHand(world, site);
  } catch (error) {
    operation.reporter.warn(
      site,
      `done, but the catalog still has what was taken away (${messageOf(error)}); octo converge ${site} tries again`,
    );
  }
}

/** Pure. */
function writeOf(wanted: ByHand, known: Versioned<ByHand> | undefined): StoreOperation {
  const key = keys.byHand(wanted.site);
  const expect = known?.version ?? 'absent';
  return wanted.services.length === 0
    ? { kind: 'delete', key, expect }
    : { kind: 'set', key, value: JSON.stringify(wanted), expect };
}

function isRouted(pointer: Pointer | undefined): boolean {
  return pointer !== undefined && !pointer.stopped && pointer.domains.length > 0;
}

/** Pure. */
function whyUnrouted(
  pointer: Pointer | undefined,
  services: readonly ByHandService[],
): { unrouted?: string } {
  if (!pointer) return { unrouted: 'the site has no release' };
  if (pointer.stopped) return { unrouted: 'the site is stopped' };
  if (pointer.domains.length === 0) return { unrouted: 'the site has no domain' };
  return services.every(speaksHttp) ? {} : { unrouted: 'it has not the tag http' };
}

async function warnWhereNobodyIsLeft(
  world: World,
  pointer: Pointer | undefined,
  operation: Operation,
): Promise<void> {
  if (!pointer || !isRouted(pointer)) return;
  const { site } = pointer;
  const route = routesOf(await readRoutes(world)).find((one) => one.site === site);
  if (route?.upstreams.length === 0)
    channel(operation, site).warn(
      `nobody answers for it any more; octo converge ${site} brings its instances back`,
    );
}

/** What the site was given and the catalog has not as it was given, and what it has by hand and was not given. Pure. */
export function byHandDifferences(
  wanted: readonly ByHandService[],
  catalog: readonly CatalogEntry[],
): { missing: ByHandService[]; left: CatalogEntry[] } {
  const entries = catalog.filter(({ kind }) => kind === 'by-hand');
  return {
    missing: wanted.filter((one) => !entries.some((entry) => isEntryOf(entry, one))),
    left: entries.filter(({ id }) => !wanted.some((one) => one.id === id)),
  };
}

/** Makes the catalog have what the site was given, and nothing else by hand. Returns what was done, in words. */
export async function ensureByHand(world: World, site: SiteName): Promise<string[]> {
  const { registrar } = world.providers;
  const wanted = (await world.state.byHand(site))?.record.services ?? [];
  const { missing, left } = byHandDifferences(wanted, await registrar.list(site));
  for (const service of missing) await registrar.register(service);
  for (const { id } of left) await registrar.deregister(id);
  return [...missing.map(({ id }) => `registered ${id}`), ...left.map(({ id }) => `deregistered ${id}`)];
}
