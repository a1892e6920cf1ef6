/** The switch: routes tested, pointers moved in one transaction, routes applied. The one commit point of a deploy. */
import { batches } from './batches.ts';
import { becomesCurrent } from './deploys.ts';
import { errors } from './error-catalogue.ts';
import { messageOf, placeError } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Pointer } from './records.ts';
import type { Certificate, Instance } from './release.ts';
import { markRetiring } from './retire.ts';
import type { StepContext, StoreOperation } from './roles.ts';
import { applyRoutes, prepareRoutes, type RoutesChange, readRoutes, withChanges } from './routes.ts';
import { type Run, type StepRun, step } from './run.ts';
import { channel, uninterrupted, type World } from './world.ts';

/** One site's part in a switch. */
export interface Part {
  readonly run: Run;
  /** What the site's pointer becomes. */
  readonly pointer: Pointer;
  /** True: there is no site of this name any more; in the place of being stored its pointer is taken away. */
  readonly gone?: true;
  /** What else of the site's routes is written with the pointer. */
  readonly routes?: Pick<RoutesChange, 'byHand' | 'maintenance'>;
  /** Its own certificate, which the pointer names by its content key. */
  readonly certificate?: Certificate;
  /** Instances of the site that serve no more after it. */
  readonly others: readonly Instance[];
  /**
   * Written first, so that the one transaction stays small: records under names that nobody reads before the pointer
   * leads to them. Where it never does, they are taken away again.
   */
  readonly ahead: readonly StoreOperation[];
  /** What else is written with the pointer; asked anew at each try. */
  writes(): Promise<readonly StoreOperation[]>;
}

/** Whether requests go elsewhere than before; a site without HTTP, before and after, has no routes. */
export function changesRoutes({ run, pointer }: Pick<Part, 'run' | 'pointer'>): boolean {
  return pointer.domains.length > 0 || (run.pointer?.record.domains.length ?? 0) > 0;
}

/** Moves the pointers of all sites, or of none. When it throws, the old ones are current and routed. */
export async function switchTo(world: World, parts: readonly Part[]): Promise<void> {
  const [first] = parts;
  if (!first) return;
  const pointers = parts.map(({ pointer }) => pointer);
  for (const { run, ahead } of parts)
    for (const some of batches(ahead))
      await world.state.commit(`The records of ${run.site}`, [run.lease.check(), ...some]);
  await changeRoutes(world, {
    run: first.run,
    what: 'The current release',
    by: parts.map(({ run }) => run.deploy).join(' '),
    routes: parts.some(changesRoutes) && {
      pointers,
      retirings: parts.map(({ run, others }) => ({ site: run.site, instances: others })),
      byHand: parts.flatMap(({ routes }) => routes?.byHand ?? []),
      maintenance: parts.flatMap(({ routes }) => routes?.maintenance ?? []),
      certificates: parts.flatMap(({ certificate }) => (certificate ? [certificate] : [])),
    },
    sites: pointers.filter(({ stopped }) => !stopped).map(({ site }) => site),
    async operations() {
      const each = await Promise.all(parts.map((part) => partOperations(world, part)));
      refuseSharedDomains(pointers);
      return each.flat();
    },
  });
}

/** Something that is stored, and what it makes of the routes. */
export interface StoredChange {
  readonly run: StepRun;
  /** What is changed, for people: `The current release`. */
  readonly what: string;
  /** Who changes the routes, kept with their revision. */
  readonly by: string;
  /** False: the routes stay as they are, and are neither tested nor applied. */
  readonly routes: RoutesChange | false;
  /** Sites that the router must be able to take. */
  readonly sites: readonly SiteName[];
  /** Asked anew at each try; its checks guard the way back too. */
  operations(): Promise<readonly StoreOperation[]>;
}

/** Tests the routes, writes all in one transaction, applies them. When it throws, what was before is stored and routed. */
export async function changeRoutes(world: World, change: StoredChange): Promise<void> {
  const { run, routes } = change;
  if (routes)
    await step(world, run, 'prepare', (context) => testRoutes(world, routes, change.sites, context));
  const back = await write(world, change);
  if (!routes) return;
  try {
    await step(world, finishing(run), 'apply', (context) => applyRoutes(world, context));
  } catch (cause) {
    await moveBack(world, { ...change, run: finishing(run) }, back);
    throw errors.E_ROUTE_REVERTED({ cause }, { cause });
  }
}

/**
 * From the pointer on, neither the pusher nor a lost lease stops the apply: it renders what the store says, whoever
 * wrote it.
 */
function finishing(run: StepRun): StepRun {
  const never = new AbortController().signal;
  return { ...run, operation: uninterrupted(run.operation), lease: { ...run.lease, lost: never } };
}

async function testRoutes(
  world: World,
  routes: RoutesChange,
  sites: readonly SiteName[],
  context: StepContext,
): Promise<void> {
  const wanted = withChanges(await readRoutes(world), routes);
  const { refused = [] } = await prepareRoutes(world, wanted, context);
  const ours = refused.find(({ site }) => sites.includes(site));
  if (!ours) return;
  placeError(ours.error, { site: ours.site });
  throw ours.error;
}

/** Returns the operations that undo it, each under the condition that nobody has written there since. */
async function write(world: World, { run, what, by, ...change }: StoredChange): Promise<StoreOperation[]> {
  let inverse: StoreOperation[] = [];
  const { version, operations } = await world.state.commitAnew(what, async () => {
    const all = [...(await change.operations()), touchRoutes(by)];
    inverse = await inverseOf(world, all);
    run.operation.signal.throwIfAborted();
    return all;
  });
  const deleted = new Set(operations.filter(({ kind }) => kind === 'delete').map(({ key }) => key));
  return [
    ...operations.filter(({ kind }) => kind === 'check'),
    ...inverse.map((one) => ({ ...one, expect: deleted.has(one.key) ? ('absent' as const) : version })),
  ];
}

/** Conditions are judged against what was before, so two sites of one push could claim one domain. */
export function refuseSharedDomains(sites: readonly Pick<Pointer, 'site' | 'domains'>[]): void {
  const owners = new Map<string, string>();
  for (const { site, domains } of sites) {
    for (const domain of domains) {
      const owner = owners.get(domain);
      if (owner !== undefined) throw errors.E_DOMAIN_TAKEN({ domain, owner }, { site });
      owners.set(domain, site);
    }
  }
}

function touchRoutes(by: string): StoreOperation {
  return { kind: 'set', key: keys.routes, value: by };
}

async function partOperations(world: World, part: Part): Promise<StoreOperation[]> {
  const { run, pointer, gone, others } = part;
  const { site } = run;
  const place = { key: keys.pointer(site), expect: run.pointer?.version ?? 'absent' } as const;
  return [
    run.lease.check(),
    gone ? { kind: 'delete', ...place } : { kind: 'set', ...place, value: JSON.stringify(pointer) },
    await becomesCurrent(world, run),
    ...markRetiring(site, await world.state.retiring(site), others),
    ...(await part.writes()),
  ];
}

/** What puts every written key back to what it was; the routes revision only ever goes on. */
async function inverseOf(world: World, operations: readonly StoreOperation[]): Promise<StoreOperation[]> {
  const written = operations.filter(({ kind, key }) => kind !== 'check' && key !== keys.routes);
  return Promise.all(
    written.map(async ({ key }): Promise<StoreOperation> => {
      const before = await world.state.store.get(key);
      return before ? { kind: 'set', key, value: before.value } : { kind: 'delete', key };
    }),
  );
}

/** Apply failed: what was written goes back if it is still ours, and the routes of before are put in force again. */
async function moveBack(
  world: World,
  { run, what, by }: StoredChange,
  back: readonly StoreOperation[],
): Promise<void> {
  const context = channel(run.operation, run.site);
  try {
    await world.state.commit(what, [...back, touchRoutes(`back from ${by}`)]);
    await applyRoutes(world, context);
  } catch (error) {
    context.warn(`the old routes could not be put back: ${messageOf(error)}; octo converge tries again`);
  }
}
