/** Which requests go where: computed from pointers and the catalog, applied one at a time on a host. */
import { liveAgent } from './agent/record.ts';
import { certificateKey } from './content-key.ts';
import { errors } from './error-catalogue.ts';
import { isOctohostError, messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { type Lease, withLease } from './lease.ts';
import type { ByHand, Pointer, Retiring } from './records.ts';
import type { Certificate, Route } from './release.ts';
import type { CatalogEntry, PreparedRoutes, RefusedRoute, StepContext } from './roles.ts';
import { speaksHttp } from './service.ts';
import type { World } from './world.ts';

const lockWaitSeconds = 120;

/** What routes are made from. */
export interface RoutesView {
  readonly pointers: readonly Pointer[];
  readonly retirings: readonly Retiring[];
  readonly catalog: readonly CatalogEntry[];
  readonly byHand: readonly ByHand[];
  /** Sites for which the router answers itself. */
  readonly maintenance: ReadonlySet<SiteName>;
  /** Ids of services that the agent of this host keeps out; absent where none looks after them. */
  readonly out?: ReadonlySet<string>;
  /** By content key. */
  readonly certificates: ReadonlyMap<string, Certificate>;
}

/** Some sites as they are going to be. */
export interface RoutesChange {
  readonly pointers?: readonly Pointer[];
  readonly retirings?: readonly Retiring[];
  readonly byHand?: readonly ByHand[];
  readonly maintenance?: readonly { readonly site: SiteName; readonly on: boolean }[];
  readonly certificates?: readonly Certificate[];
}

/**
 * A service is routed only if it is in the catalog and either its instance belongs to the current release and does not
 * retire, or it was given to the site by hand and speaks HTTP. Critical ones, and those that the agent keeps out, are
 * left out, unless all are: then the site answers what they answer. A stopped site keeps its domains and has nowhere to lead. Pure.
 */
export function routesOf(view: RoutesView): Route[] {
  const retiring = new Set(view.retirings.flatMap(({ instances }) => instances.map(({ id }) => id)));
  // What was given is asked of the record: its transaction is the moment from which it counts, not the catalog's.
  const given = new Set(
    view.byHand.flatMap(({ services }) => services.filter(speaksHttp).map(({ id }) => id)),
  );
  const serves = (entry: CatalogEntry, spec: string) =>
    entry.kind === 'by-hand' ? given.has(entry.id) : entry.spec === spec && !retiring.has(entry.instance);
  const bySite = Map.groupBy(view.catalog, ({ site }) => site);
  return view.pointers.map(({ site, domains, spec, stopped, route: { tls: key, ...options } = {} }) => {
    const ours = stopped ? [] : (bySite.get(site) ?? []).filter((entry) => serves(entry, spec));
    const healthy = ours.filter(({ id, health }) => health !== 'critical' && !view.out?.has(id));
    const upstreams = (healthy.length > 0 ? healthy : ours).map(({ address, port }) => ({ address, port }));
    const tls = key === undefined ? undefined : view.certificates.get(key);
    return {
      site,
      domains,
      upstreams,
      ...(view.maintenance.has(site) ? { maintenance: true } : {}),
      ...options,
      ...(tls ? { tls } : {}),
    };
  });
}

/** The view as a change makes it; used to test routes before it is written. Pure. */
export function withChanges(view: RoutesView, change: RoutesChange): RoutesView {
  const certificates = change.certificates ?? [];
  return {
    pointers: replaced(view.pointers, change.pointers).toSorted((a, b) => (a.site < b.site ? -1 : 1)),
    retirings: replaced(view.retirings, change.retirings),
    catalog: view.catalog,
    byHand: replaced(view.byHand, change.byHand),
    maintenance: switched(view.maintenance, change.maintenance),
    ...(view.out ? { out: view.out } : {}),
    certificates: new Map([
      ...view.certificates,
      ...certificates.map((one) => [certificateKey(one), one] as const),
    ]),
  };
}

type OfSite = { readonly site: SiteName };

function replaced<Kind extends OfSite>(known: readonly Kind[], changed: readonly Kind[] = []): Kind[] {
  const sites = new Set(changed.map(({ site }) => site));
  return [...known.filter(({ site }) => !sites.has(site)), ...changed];
}

function switched(
  known: ReadonlySet<SiteName>,
  changed: NonNullable<RoutesChange['maintenance']> = [],
): ReadonlySet<SiteName> {
  const off = new Set(changed.filter(({ on }) => !on).map(({ site }) => site));
  const on = changed.filter((one) => one.on).map(({ site }) => site);
  return new Set([...[...known].filter((site) => !off.has(site)), ...on]);
}

export async function readRoutes(world: World): Promise<RoutesView> {
  const { state, providers } = world;
  const [pointers, retirings, catalog, byHand, maintenances, agent] = await Promise.all([
    state.pointers(),
    state.retirings(),
    providers.registrar.list(),
    state.byHands(),
    state.maintenances(),
    liveAgent(world),
  ]);
  const out = agent && new Set(agent.out.map(({ service }) => service));
  return {
    pointers,
    retirings,
    catalog,
    byHand,
    maintenance: new Set(maintenances.map(({ site }) => site)),
    ...(out ? { out } : {}),
    certificates: await certificatesOf(world, pointers),
  };
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
  return world.providers.router.prepare(await modifiedRoutes(world, view, context), context);
}

/** The routes as text for people; nothing is written. */
export async function renderRoutes(world: World, view: RoutesView, context: StepContext): Promise<string> {
  return world.providers.router.render(await modifiedRoutes(world, view, context));
}

function modifiedRoutes(world: World, view: RoutesView, context: StepContext): Promise<Route[]> {
  return Promise.all(routesOf(view).map((route) => modified(world, route, context)));
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

/** What is in force. */
export interface AppliedRoutes {
  /** Of the routes. */
  readonly revision: number;
  /** Sites whose routes stay as they were. */
  readonly refused: readonly RefusedRoute[];
}

/**
 * Puts in force what the store says, and looks again whether the store said more in the meantime. Never from a
 * deploy's memory: two deploys that end at once both find both.
 * @throws E_CATALOG_EMPTY
 */
export async function applyRoutes(world: World, context: StepContext): Promise<AppliedRoutes> {
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

async function applyUnder(world: World, lease: Lease, context: StepContext): Promise<AppliedRoutes> {
  const { state, providers } = world;
  let applied: number;
  let prepared: PreparedRoutes;
  do {
    applied = await state.routesRevision();
    const view = await readRoutes(world);
    await refuseEmpty(world, view);
    prepared = await prepareRoutes(world, view, context);
    await lease.assertHeld();
    await providers.router.apply(prepared, context);
    await lease.assertHeld();
  } while ((await state.routesRevision()) !== applied);
  return { revision: applied, refused: prepared.refused ?? [] };
}

/**
 * A catalog that answers with nothing although instances run has lost them, or may not be read: an ACL that denies looks
 * like an empty one. What is in force stays.
 */
export async function refuseEmpty({ providers }: World, view: RoutesView): Promise<void> {
  if (view.catalog.some(({ kind }) => kind === 'instance')) return;
  const wanted = view.pointers.filter(({ stopped, domains }) => !stopped && domains.length > 0);
  if (wanted.length === 0) return;
  const retiring = new Set(view.retirings.flatMap(({ instances }) => instances.map(({ id }) => id)));
  for (const instance of await providers.runtime.list()) {
    const { site, spec, id } = instance;
    if (retiring.has(id) || !wanted.some((one) => one.site === site && one.spec === spec)) continue;
    const found = await providers.runtime.inspect(instance);
    if (found?.running && found.kept) throw errors.E_CATALOG_EMPTY({ instance: instance.name, site });
  }
}
