/** An installation's settings, state and catalog from one store and registrar to others, while nobody works. */
import { batches } from './batches.ts';
import { errors } from './error-catalogue.ts';
import { kept, keys, settingsPrefix } from './keys.ts';
import { conditionOf, describeHolder } from './lease.ts';
import type { Service } from './release.ts';
import type { CatalogEntry, Store, StoreEntry, StoreOperation } from './roles.ts';
import { isEntryOf } from './service.ts';
import type { World } from './world.ts';

/** What was changed in the target; nothing of it where the copy was whole already. */
export interface Copied {
  readonly written: number;
  readonly deleted: number;
  readonly registered: number;
  readonly deregistered: number;
  /** Keys of settings that only the target has: somebody wants them, so they stay. */
  readonly left: readonly string[];
  /** Keys of the source whose values are no text, which no other store takes. */
  readonly unusable: readonly string[];
}

/**
 * Makes the target have what the source has; safe to run again, also after it was cut off: the installation's id is
 * written last, and nothing is deleted before it is there. Settings that only the target has stay.
 * @throws E_COPY_EMPTY, E_COPY_OTHER, E_COPY_BUSY, E_COPY_CHANGED
 */
export async function copyInstallation(from: World, to: World): Promise<Copied> {
  const [ours, theirs] = await Promise.all([from.state.knownInstallation(), to.state.knownInstallation()]);
  if (ours === undefined) throw errors.E_COPY_EMPTY(undefined);
  if (theirs !== undefined && theirs !== ours) throw errors.E_COPY_OTHER({ ours, theirs });
  await assertIdle(from);
  await assertIdle(to);
  await to.state.secrets.adopt(from.state.secrets);
  const store = await copyStore(from, to, theirs !== undefined);
  const catalog = await copyCatalog(from, to);
  await assertIdle(from);
  if ((await copyOperations(from, to, theirs !== undefined)).length > 0)
    throw errors.E_COPY_CHANGED(undefined);
  return { ...store, ...catalog, left: await onlyIn(to, from), unusable: await unusableIn(from) };
}

async function unusableIn({ state }: World): Promise<string[]> {
  const found = await Promise.all(kept.map((prefix) => state.store.unusable(prefix)));
  return found.flat().map(({ name }) => name);
}

/** A deploy that goes on while its state is copied would end in the old place alone. */
async function assertIdle(world: World): Promise<void> {
  const held = await world.state.heldLeases();
  const alive = held.filter(({ holder, beat }) => conditionOf(world, holder, beat) === 'alive');
  const [first] = alive;
  if (first) throw errors.E_COPY_BUSY({ holder: describeHolder(first.holder) });
}

async function copyStore(
  from: World,
  to: World,
  whole: boolean,
): Promise<{ written: number; deleted: number }> {
  const operations = await copyOperations(from, to, whole);
  for (const some of batches(operations)) await to.state.store.transact(some);
  const deleted = operations.filter(({ kind }) => kind === 'delete').length;
  return { written: operations.length - deleted, deleted };
}

async function onlyIn(one: World, other: World): Promise<string[]> {
  const [here, there] = await Promise.all([settingsOf(one), settingsOf(other)]);
  return here.filter((key) => !there.includes(key));
}

async function settingsOf({ state }: World): Promise<string[]> {
  return (await state.store.list(settingsPrefix)).map(({ key }) => key);
}

/** @param whole true: of the state, what the source does not have is deleted */
async function copyOperations(from: World, to: World, whole: boolean): Promise<StoreOperation[]> {
  const [source, target] = await Promise.all([entriesOf(from.state.store), entriesOf(to.state.store)]);
  return differences(source, target, whole);
}

async function entriesOf(store: Store): Promise<StoreEntry[]> {
  return (await Promise.all(kept.map((prefix) => store.list(prefix)))).flat();
}

/** What makes the target's entries those of the source, the installation's id last. Pure. */
export function differences(
  source: readonly Pick<StoreEntry, 'key' | 'value'>[],
  target: readonly Pick<StoreEntry, 'key' | 'value'>[],
  whole: boolean,
): StoreOperation[] {
  const known = new Map(target.map(({ key, value }) => [key, value] as const));
  const wanted = new Set(source.map(({ key }) => key));
  const writes = source
    .filter(({ key, value }) => known.get(key) !== value)
    .map(({ key, value }): StoreOperation => ({ kind: 'set', key, value }))
    .toSorted((a, b) => Number(a.key === keys.installation) - Number(b.key === keys.installation));
  const deletes = target
    .filter(({ key }) => whole && !key.startsWith(settingsPrefix) && !wanted.has(key))
    .map(({ key }): StoreOperation => ({ kind: 'delete', key }));
  return [...deletes, ...writes];
}

/** Without it, whoever applied routes first in the new place would find no instances there. */
async function copyCatalog(from: World, to: World): Promise<{ registered: number; deregistered: number }> {
  const target = to.providers.registrar;
  const source = await from.providers.registrar.list();
  const before = new Map((await target.list()).map((entry) => [entry.id, entry] as const));
  const missing = source.map(serviceOf).filter((service) => !isEntryOf(before.get(service.id), service));
  const surplus = [...before.keys()].filter((id) => !source.some((entry) => entry.id === id));
  for (const service of missing) await target.register(service);
  for (const id of surplus) await target.deregister(id);
  return { registered: missing.length, deregistered: surplus.length };
}

function serviceOf(entry: CatalogEntry): Service {
  const { health: _, ...service } = entry;
  return service;
}
