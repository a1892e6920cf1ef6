/** The switch: routes tested, pointers moved in one transaction, routes applied. The one commit point of a deploy. */
import { errors } from './error-catalogue.ts';
import { messageOf } from './errors.ts';
import { type Candidate, claimDomains } from './plan.ts';
import type { Pointer } from './records.ts';
import type { Instance } from './release.ts';
import { markRetiring } from './retire.ts';
import type { StepContext, StoreOperation } from './roles.ts';
import { applyRoutes, prepareRoutes, readRoutes, withChanges } from './routes.ts';
import { type Run, step } from './run.ts';
import { keys } from './state.ts';
import { channel, uninterrupted, type World } from './world.ts';

/** A run whose instances are started, checked and registered. */
export interface Ready {
  readonly run: Run;
  readonly candidate: Candidate;
  /** Instances of the site that the new release does not keep. */
  readonly others: readonly Instance[];
}

/** Whether requests go elsewhere than before; a site without HTTP, before and after, has no routes. */
export function changesRoutes({ run, candidate }: Pick<Ready, 'run' | 'candidate'>): boolean {
  return candidate.release.domains.length > 0 || (run.pointer?.record.domains.length ?? 0) > 0;
}

/** Makes releases current, all or none. When it throws, the old ones are current and routed. */
export async function switchTo(world: World, ready: readonly Ready[]): Promise<void> {
  const [first] = ready;
  if (!first) return;
  const routed = ready.some(changesRoutes);
  if (routed) await step(world, first.run, 'prepare', (context) => testRoutes(world, ready, context));
  const back = await movePointers(world, ready);
  if (!routed) return;
  try {
    await step(world, finishing(first.run), 'apply', (context) => applyRoutes(world, context));
  } catch (cause) {
    await moveBack(world, finishing(first.run), back);
    throw errors.E_ROUTE_REVERTED({ cause }, { cause });
  }
}

/**
 * From the pointer on, neither the pusher nor a lost lease stops the apply: it renders what the store says, whoever
 * wrote it.
 */
function finishing(run: Run): Run {
  const never = new AbortController().signal;
  return { ...run, operation: uninterrupted(run.operation), lease: { ...run.lease, lost: never } };
}

async function testRoutes(world: World, ready: readonly Ready[], context: StepContext): Promise<void> {
  const view = await readRoutes(world);
  const pointers = ready.map(({ candidate }) => pointerTo(candidate));
  const retirings = ready.map(({ run, others }) => ({ site: run.site, instances: others }));
  await prepareRoutes(world, withChanges(view, pointers, retirings), context);
}

function pointerTo({ release }: Candidate): Pointer {
  return {
    site: release.site,
    release: release.number,
    stopped: false,
    spec: release.spec,
    domains: release.domains,
  };
}

/** Returns the operations that undo it, each under the condition that nobody has written there since. */
async function movePointers(world: World, ready: readonly Ready[]): Promise<StoreOperation[]> {
  let inverse: StoreOperation[] = [];
  const { version, operations } = await world.state.commitAnew('The current release', async () => {
    const parts = await Promise.all(ready.map((one) => pointerOperations(world, one)));
    refuseSharedDomains(ready);
    const all = [...parts.flat(), touchRoutes(ready)];
    inverse = await inverseOf(world, all);
    for (const { run } of ready) run.operation.signal.throwIfAborted();
    return all;
  });
  const deleted = new Set(operations.filter(({ kind }) => kind === 'delete').map(({ key }) => key));
  const checks = ready.map(({ run }) => run.lease.check());
  return [
    ...checks,
    ...inverse.map((one) => ({ ...one, expect: deleted.has(one.key) ? ('absent' as const) : version })),
  ];
}

/** Conditions are judged against what was before, so two sites of one push could claim one domain. */
function refuseSharedDomains(ready: readonly Ready[]): void {
  const owners = new Map<string, string>();
  for (const { candidate } of ready) {
    for (const domain of candidate.release.domains) {
      const owner = owners.get(domain);
      if (owner !== undefined)
        throw errors.E_DOMAIN_TAKEN({ domain, owner }, { site: candidate.release.site });
      owners.set(domain, candidate.release.site);
    }
  }
}

function touchRoutes(ready: readonly Ready[]): StoreOperation {
  return { kind: 'set', key: keys.routes, value: ready.map(({ run }) => run.deploy).join(' ') };
}

async function pointerOperations(world: World, { run, candidate, others }: Ready): Promise<StoreOperation[]> {
  const { release, environment, writes } = candidate;
  const { site } = release;
  return [
    run.lease.check(),
    {
      kind: 'set',
      key: keys.release(site, release.number),
      value: JSON.stringify(release),
      expect: 'absent',
    },
    { kind: 'set', key: keys.environment(site, release.environment), value: JSON.stringify(environment) },
    {
      kind: 'set',
      key: keys.pointer(site),
      value: JSON.stringify(pointerTo(candidate)),
      expect: run.pointer?.version ?? 'absent',
    },
    ...(world.providers.publisher
      ? [{ kind: 'set', key: keys.unpublished(site), value: String(release.number) } as const]
      : []),
    ...markRetiring(site, await world.state.retiring(site), others),
    ...(await claimDomains(world, release, run.previous)),
    ...writes,
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

/** Apply failed: the pointers go back if they are still ours, and the routes of before are put in force again. */
async function moveBack(world: World, run: Run, back: readonly StoreOperation[]): Promise<void> {
  const context = channel(run.operation, run.site);
  try {
    await world.state.commit('The current release', [
      ...back,
      { kind: 'set', key: keys.routes, value: `back from ${run.deploy}` },
    ]);
    await applyRoutes(world, context);
  } catch (error) {
    context.warn(`the old routes could not be put back: ${messageOf(error)}; octo converge tries again`);
  }
}
