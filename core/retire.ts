/** The end of instances: marked in the pointer's transaction, then drained and stopped by whoever comes first. */
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { freePorts } from './ports.ts';
import type { Retiring } from './records.ts';
import type { Instance } from './release.ts';
import type { StepContext, StoreOperation } from './roles.ts';
import { defaultGraceSeconds } from './site.ts';
import { keys, type Versioned } from './state.ts';
import type { World } from './world.ts';

/** How long requests that the old instances still answer are waited for, in seconds. */
const drainSeconds = 30;

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
 * Takes retiring instances of a site out of the catalog, lets them finish what they answer, and stops them. Needs no
 * lease: what is marked is nobody's any more. Running it twice at once, or again after a kill, is harmless.
 */
export async function finishRetiring(
  world: World,
  site: SiteName,
  context: StepContext,
): Promise<readonly Instance[]> {
  const marked = await world.state.retiring(site);
  if (!marked) return [];
  const { instances } = marked.record;
  await deregisterInstances(world, site, instances);
  await drain(world, context.signal);
  await Promise.all(instances.map((instance) => endInstance(world, instance)));
  await forget(world, site, new Set(instances.map(({ id }) => id)));
  await world.hooks.announce('retired', { site, instances }, context);
  return instances;
}

/** Ends instances that never had traffic: nothing to drain, no grace. What cannot be ended now, converge ends later. */
export async function discardInstances(
  world: World,
  site: SiteName,
  instances: readonly Instance[],
  context: StepContext,
): Promise<void> {
  try {
    await deregisterInstances(world, site, instances);
    await Promise.all(instances.map((instance) => endInstance(world, instance, 0)));
  } catch (error) {
    context.warn(
      `what was started could not be cleaned up (${messageOf(error)}); octo converge ${site} does it`,
    );
  }
}

/** Takes the services of these instances out of the catalog. */
export async function deregisterInstances(
  world: World,
  site: SiteName,
  instances: readonly Instance[],
): Promise<void> {
  const gone = new Set(instances.map(({ id }) => id));
  const entries = await world.providers.registrar.list(site);
  for (const { id, instance } of entries)
    if (gone.has(instance)) await world.providers.registrar.deregister(id);
}

async function drain(world: World, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(drainSeconds * 1000)]);
  await world.providers.router.drained(limit);
}

async function endInstance(world: World, instance: Instance, grace?: number): Promise<void> {
  const graceSeconds = grace ?? (await graceOf(world, instance));
  await world.providers.runtime.stop(instance, { graceSeconds });
  await freePorts(world, instance, instance.bindings);
}

async function graceOf(world: World, { site, release }: Instance): Promise<number> {
  return (await world.state.release(site, release))?.graceSeconds ?? defaultGraceSeconds;
}

/** Takes ended instances off the list; others may have been marked meanwhile. */
async function forget(world: World, site: SiteName, ended: ReadonlySet<string>): Promise<void> {
  const marked = await world.state.retiring(site);
  if (!marked) return;
  const left = marked.record.instances.filter(({ id }) => !ended.has(id));
  const key = keys.retiring(site);
  const { version: expect } = marked;
  const operation: StoreOperation =
    left.length === 0
      ? { kind: 'delete', key, expect }
      : { kind: 'set', key, value: JSON.stringify({ site, instances: left }), expect };
  const result = await world.state.store.transact([operation]);
  if (!result.done) await forget(world, site, ended);
}
