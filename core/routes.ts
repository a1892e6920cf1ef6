/** Which requests go where: computed from pointers and the catalog, applied one at a time on a host. */
import { isOctohostError, messageOf } from './errors.ts';
import { type Lease, withLease } from './lease.ts';
import type { Pointer, Retiring } from './records.ts';
import type { Certificate, Route } from './release.ts';
import type { CatalogEntry, PreparedRoutes, RefusedRoute, StepContext } from './roles.ts';
import { certificateKey } from './state.ts';
import type { World } from './world.ts';

const lockWaitSeconds = 120;

/** What routes are made from. */
export interface RoutesView {
  readonly pointers: readonly Pointer[];
  readonly retirings: readonly Retiring[];
  readonly catalog: readonly CatalogEntry[];
  /** By content key. */
  readonly certificates: ReadonlyMap<string, Certificate>;
}

/**
 * A service is routed only if it is in the catalog, belongs to the current release and is not retiring. Critical
 * ones are left out, unless all are: then the site answers what they answer. A stopped site keeps its domains and
 * has nowhere to lead. Pure.
 */
export function routesOf(view: RoutesView): Route[] {
  const retiring = new Set(view.retirings.flatMap(({ instances }) => instances.map(({ id }) => id)));
  const bySite = Map.groupBy(view.catalog, ({ site }) => site);
  return view.pointers.map(({ site, domains, spec, stopped, route: { tls: key, ...options } = {} }) => {
    const ours = stopped
      ? []
      : (bySite.get(site) ?? []).filter((entry) => entry.spec === spec && !retiring.has(entry.instance));
    const healthy = ours.filter(({ health }) => health !== 'critical');
    const upstreams = (healthy.length > 0 ? healthy : ours).map(({ address, port }) => ({ address, port }));
    const tls = key === undefined ? undefined : view.certificates.get(key);
    return { site, domains, upstreams, ...options, ...(tls ? { tls } : {}) };
  });
}

/** The view with some sites as they are going to be; used to test routes before the pointer moves. Pure. */
export function withChanges(
  view: RoutesView,
  pointers: readonly Pointer[],
  retirings: readonly Retiring[],
  certificates: readonly Certificate[] = [],
): RoutesView {
  const sites = new Set(pointers.map(({ site }) => site));
  return {
    pointers: [...view.pointers.filter(({ site }) => !sites.has(site)), ...pointers].toSorted((a, b) =>
      a.site < b.site ? -1 : 1,
    ),
    retirings: [...view.retirings.filter(({ site }) => !sites.has(site)), ...retirings],
    catalog: view.catalog,
    certificates: new Map([
      ...view.certificates,
      ...certificates.map((one) => [certificateKey(one), one] as const),
    ]),
  };
}

export async function readRoutes(world: World): Promise<RoutesView> {
  const { state, providers } = world;
  const [pointers, retirings, catalog] = await Promise.all([
    state.pointers(),
    state.retirings(),
    providers.registrar.list(),
  ]);
  return { pointers, retirings, catalog, certificates: await certificatesOf(world, pointers) };
}

async function certificatesOf(
  { state }: World,
  pointers: readonly Pointer[],
): Promise<Map<string, Certificate>> {
  const found = await Promise.all(
    pointers.map(async ({ site, route }) => {
      const certificate = route?.tls === undefined ? undefined : await state.certificate(site, route.tls);
      return certificate ? [[route?.tls ?? '', certificate] as const] : [];
    }),
  );
  return new Map(found.flat());
}

/** Renders and tests; nothing that serves changes. */
export async function prepareRoutes(
  world: World,
  view: RoutesView,
  context: StepContext,
): Promise<PreparedRoutes> {
  const routes = await Promise.all(routesOf(view).map((route) => modified(world, route, context)));
  return world.providers.router.prepare(routes, context);
}

/** A tap that fails for one site must not stop the routes of all. */
async function modified(world: World, route: Route, context: StepContext): Promise<Route> {
  try {
    return await world.hooks.modify('modifyRoute', route, context);
  } catch (error) {
    context.warn(`the routes of ${route.site} are not modified: ${messageOf(error)}`);
    return route;
  }
}

/**
 * Puts in force what the store says, and looks again whether the store said more in the meantime. Never from a
 * deploy's memory: two deploys that end at once both find both. Returns the sites whose routes stay as they were.
 */
export async function applyRoutes(world: World, context: StepContext): Promise<readonly RefusedRoute[]> {
  const request = {
    names: [`router/${world.process.host}`],
    what: `The router of ${world.process.host}`,
    purpose: 'a change of routes',
    signal: context.signal,
    waitSeconds: lockWaitSeconds,
    onWait: () => {},
  };
  for (;;) {
    try {
      return await withLease(world, request, (lease) => applyUnder(world, lease, context));
    } catch (error) {
      // Held up so long that another one took over: what was applied here may be older than what that one applied.
      if (!isOctohostError(error) || error.code !== 'E_LEASE_LOST') throw error;
    }
  }
}

async function applyUnder(
  world: World,
  lease: Lease,
  context: StepContext,
): Promise<readonly RefusedRoute[]> {
  const { state, providers } = world;
  let applied: number;
  let prepared: PreparedRoutes;
  do {
    applied = await state.routesRevision();
    prepared = await prepareRoutes(world, await readRoutes(world), context);
    await lease.assertHeld();
    await providers.router.apply(prepared, context);
    await lease.assertHeld();
  } while ((await state.routesRevision()) !== applied);
  return prepared.refused ?? [];
}
