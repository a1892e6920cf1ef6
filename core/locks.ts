/** Leases as operators see them: who holds what, how that is, and how one is taken away. */
import { errors } from './error-catalogue.ts';
import { keys } from './keys.ts';
import { conditionOf, describeHolder } from './lease.ts';
import type { LeaseHolder, LeaseRecord } from './records.ts';
import type { StoreOperation } from './roles.ts';
import type { HeldLease } from './state.ts';
import type { World } from './world.ts';

/** A lease that is held. */
export interface Lock extends Omit<LeaseHolder, 'owner'> {
  /** `site/app`, `door/app` (its repository), `router/<host>`, `builds/<host>/1`, `run/app/<id>`, `keys`. */
  readonly name: string;
  /** Of its last heartbeat, ISO 8601; it has one every few seconds. */
  readonly heardOf?: string;
  /**
   * `gone`: its process has ended; `silent`: its heartbeat has stopped. Either holds no more: whoever wants the lease
   * takes it.
   */
  readonly condition: 'alive' | 'silent' | 'gone';
}

/** Every lease that is held, by name. */
export async function listLocks(world: World): Promise<Lock[]> {
  return (await world.state.heldLeases()).map((held) => lockOf(world, held));
}

/**
 * Frees a lease of this name, or all those of the site of this name. From then on its holder cannot change anything
 * any more; it fails as soon as it notices.
 * @param force true: also where the holder is alive
 * @throws E_LOCK_UNKNOWN, E_LOCK_ALIVE; E_CONFLICT where the holder changed at the same moment
 */
export async function unlock(
  world: World,
  wanted: string,
  { force }: { readonly force: boolean },
): Promise<readonly Lock[]> {
  const chosen = chooseLeases(await world.state.heldLeases(), wanted);
  if (chosen.length === 0) throw errors.E_LOCK_UNKNOWN({ name: wanted });
  const locks = chosen.map((held) => lockOf(world, held));
  const alive = locks.findIndex(({ condition }) => condition === 'alive');
  const holder = chosen[alive];
  if (holder && !force)
    throw errors.E_LOCK_ALIVE({ name: holder.name, holder: describeHolder(holder.holder) });
  await world.state.commit(`The lock ${wanted}`, chosen.flatMap(freeing));
  return locks;
}

/** The lease of exactly this name, else those of a site: its own and that of its repository. Pure. */
function chooseLeases(all: readonly HeldLease[], wanted: string): HeldLease[] {
  const exact = all.filter(({ name }) => name === wanted);
  const ofSite = [`site/${wanted}`, `door/${wanted}`];
  return exact.length > 0 ? exact : all.filter(({ name }) => ofSite.includes(name));
}

function lockOf(world: World, { name, holder, beat }: HeldLease): Lock {
  const { owner: _owner, ...facts } = holder;
  return {
    name,
    ...facts,
    ...(beat === undefined ? {} : { heardOf: new Date(beat).toISOString() }),
    condition: conditionOf(world, holder, beat),
  };
}

function freeing({ name, number, version }: HeldLease): StoreOperation[] {
  const free: LeaseRecord = { number, holder: null };
  return [
    { kind: 'set', key: keys.lease(name), value: JSON.stringify(free), expect: version },
    { kind: 'delete', key: keys.heartbeat(name) },
  ];
}
