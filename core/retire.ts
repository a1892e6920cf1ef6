/** The end of instances: marked in the pointer's transaction, then drained and stopped by whoever comes first. */
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Lease } from './lease.ts';
import { freePorts } from './ports.ts';
import type { Retiring } from './records.ts';
import type { Instance } from './release.ts';
import type { StepContext, StoreOperation } from './roles.ts';
import { awaitDrained, awaitRouters } from './routers.ts';
import { applyRoutes } from './routes.ts';
import { routedBinding } from './service.ts';
import { withSites } from './site-leases.ts';
import { settingValue } from './site-options.ts';
import type { Versioned } from './state.ts';
import { addToTrace } from './trace.ts';
import { TraceNotes } from './trace-notes.ts';
import { channel, type Operation, type World } from './world.ts';

/** How long requests that the old instances still answer are waited for, in seconds; the router's own limit is below. */
const drainSeconds = 65;

/** The operation that marks more instances of a site as retiring. Pure. */
export function markRetiring(
  site: SiteName,
  known: Versioned<Retiring> | undefined,
  more: readonly Instance[],
): StoreOperation[] {
  const marked = known?.record.instances ?? [];
  const fresh = more.filter(({ id }) => !marked.some((other) => other.id === id));
  if (fresh.length === 0) return [];
  const record: Retiring = { site, instances: [...marked, ...fresh] };
  return [
    {
      kind: 'set',
      key: keys.retiring(site),
      value: JSON.stringify(record),
      expect: known?.version ?? 'absent',
    },
  ];
}

/**
 * Ends what a site retires. Marks are written with the pointer, before the routes change: so the lease is taken for a
 * moment, the routes are applied, and only what was marked by then is ended. A deploy between its pointer and its
 * routes holds that lease. Running it twice at once, or again after a kill, is harmless.
 */
export async function finishRetiring(
  world: World,
  site: SiteName,
  operation: Operation,
): Promise<readonly Instance[]> {
  if (!(await world.state.retiring(site))) return [];
  const context = channel(operation, site);
  const instances = await withSites(world, [site], 'retire', operation, async () => {
    await applyRoutes(world, context);
    return (await world.state.retiring(site))?.record.instances ?? [];
  });
  const notes = new TraceNotes(world.clock.now());
  const ended = await endMarked(world, site, instances, channel({ ...operation, notes }, site));
  await addToTrace(world, site, notes).catch((error: unknown) =>
    context.warn(`what ended is not in its trace: ${messageOf(error)}`),
  );
  return ended;
}

/** Lets marked instances, to which no route leads any more, finish what they answer, and ends them. */
export async function endMarked(
  world: World,
  site: SiteName,
  instances: readonly Instance[],
  context: StepContext,
  seconds = drainSeconds,
): Promise<readonly Instance[]> {
  if (instances.length === 0) return [];
  await deregisterInstances(world, site, instances);
  const revision = await awaitRouters(world, context);
  const limit = AbortSignal.any([context.signal, AbortSignal.timeout(seconds * 1000)]);
  await Promise.all([
    drain(world, instances, limit),
    awaitDrained(world, { revision, instances, seconds }, context.signal),
  ]);
  // Interrupted while they still answer: they are marked, and the next one ends them.
  context.signal.throwIfAborted();
  await Promise.all(instances.map((instance) => endInstance(world, instance)));
  const ended = await forget(world, site, new Set(instances.map(({ id }) => id)));
  if (ended.length > 0) await world.hooks.announce('retired', { site, instances: ended }, context);
  return ended;
}

/** Ends instances that never were a release's: nothing to drain, no grace. */
export async function discardInstances(
  world: World,
  site: SiteName,
  instances: readonly Instance[],
  context: StepContext,
): Promise<void> {
  if (instances.length === 0) return;
  await deregisterInstances(world, site, instances);
  try {
    // Another site's deploy may have routed what this one had registered beside its current instances.
    await applyRoutes(world, context);
  } catch (error) {
    context.warn(`the routes could not be applied (${messageOf(error)}); octo converge tries again`);
  }
  await Promise.all(instances.map((instance) => endInstance(world, instance, 0)));
}

/** The same with a site's instances that the holder of its lease began; whoever lost the lease touches nothing. */
export async function takeAway(
  world: World,
  lease: Lease,
  site: SiteName,
  instances: readonly Instance[],
  context: StepContext,
): Promise<void> {
  await world.state.commitAnew(`The instances of ${site}`, async () => [
    lease.check(),
    ...markRetiring(site, await world.state.retiring(site), instances),
  ]);
  await discardInstances(world, site, instances, context);
  await forget(world, site, new Set(instances.map(({ id }) => id)));
}

/** Takes the services of these instances out of the catalog. */
export async function deregisterInstances(
  world: World,
  site: SiteName,
  instances: readonly Instance[],
): Promise<void> {
  const gone = new Set(instances.map(({ id }) => id));
  const entries = await world.providers.registrar.list(site);
  for (const entry of entries)
    if (entry.kind === 'instance' && gone.has(entry.instance))
      await world.providers.registrar.deregister(entry.id);
}

/** Returns when this host's router waits for none of these any more, to which no route leads, or when the signal aborts. */
export async function drain(
  world: World,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  const routed = await Promise.all(
    instances.map(async (instance) => {
      const release = await world.state.release(instance.site, instance.release);
      const binding = release && routedBinding(release, instance);
      return binding ? [{ address: binding.hostAddress, port: binding.hostPort }] : [];
    }),
  );
  await world.providers.router.drained(routed.flat(), signal);
}

async function endInstance(world: World, instance: Instance, grace?: number): Promise<void> {
  const graceSeconds = grace ?? (await graceOf(world, instance));
  await world.providers.runtime.stop(instance, { graceSeconds });
  await freePorts(world, instance, instance.bindings);
  await forgetAdopted(world, instance);
}

/** One that was taken over and has ended needs no record any more. */
async function forgetAdopted({ state }: World, { site, id }: Instance): Promise<void> {
  for (;;) {
    const found = await state.adopted(site);
    if (!found?.record.instances.some((one) => one.id === id)) return;
    const left = found.record.instances.filter((one) => one.id !== id);
    const place = { key: keys.adopted(site), expect: found.version };
    const operation: StoreOperation =
      left.length === 0
        ? { kind: 'delete', ...place }
        : { kind: 'set', ...place, value: JSON.stringify({ site, instances: left }) };
    if ((await state.store.transact([operation])).done) return;
  }
}

async function graceOf(world: World, { site, release }: Instance): Promise<number> {
  return (await world.state.release(site, release))?.graceSeconds ?? settingValue({}, 'OCTO_GRACE_PERIOD');
}

/** Takes ended instances off the list, to which others may have added meanwhile; returns those that this call took. */
export async function forget(
  world: World,
  site: SiteName,
  ended: ReadonlySet<string>,
): Promise<readonly Instance[]> {
  const marked = await world.state.retiring(site);
  const [taken, left] = [true, false].map(
    (gone) => marked?.record.instances.filter(({ id }) => ended.has(id) === gone) ?? [],
  );
  if (!marked || !taken || !left || taken.length === 0) return [];
  const key = keys.retiring(site);
  const { version: expect } = marked;
  const operation: StoreOperation =
    left.length === 0
      ? { kind: 'delete', key, expect }
      : { kind: 'set', key, value: JSON.stringify({ site, instances: left }), expect };
  const result = await world.state.store.transact([operation]);
  return result.done ? taken : forget(world, site, ended);
}
