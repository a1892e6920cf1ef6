/** Deploys on record: which run, how they ended, and how one is cancelled before its pointer moves. */
import { errors } from './error-catalogue.ts';
import { isOctohostError } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { DeployRecord } from './records.ts';
import type { Actor, DeployId } from './release.ts';
import type { Expectation, StoreOperation } from './roles.ts';
import type { Run } from './run.ts';
import type { Versioned } from './state.ts';
import type { World } from './world.ts';

/** A deploy as it is now. */
export interface DeployStatus extends Omit<DeployRecord, 'phase'> {
  /** `killed`: it runs for the record, and its process is gone. */
  readonly phase: DeployRecord['phase'] | 'killed';
  /** Whether its process lives, which may have more to say; of another host, whether it runs for the record. */
  readonly alive: boolean;
}

/** How many deploys of a site are kept on record. */
export const keptDeploys = 20;

/** Puts deploys that begin on record, under the leases of their sites: whatever still runs there is dead. */
export async function recordDeploys(world: World, runs: readonly Run[]): Promise<void> {
  const operations = await Promise.all(
    runs.map(async (run): Promise<StoreOperation[]> => {
      const before = await world.state.deploys(run.site);
      return [setTo(recordOf(world, run)), ...endDead(before), ...forgetOldest(before)];
    }),
  );
  await world.state.commit('The record of deploys', operations.flat());
}

/** Says of deploys that were killed that they failed. Under the site's lease only. */
export async function recordDead(world: World, site: SiteName): Promise<void> {
  await world.state.commit('The record of deploys', endDead(await world.state.deploys(site)));
}

function recordOf({ clock, process }: World, { site, deploy, reason, operation }: Run): DeployRecord {
  const since = new Date(clock.now()).toISOString();
  const { pid, host } = process;
  return { site, deploy, reason, actor: operation.actor, since, phase: 'running', pid, host };
}

function endDead(before: readonly Versioned<DeployRecord>[]): StoreOperation[] {
  const running = before.filter(({ record }) => record.phase === 'running');
  return running.map(({ record }) => setTo({ ...record, phase: 'failed' }));
}

function forgetOldest(before: readonly Versioned<DeployRecord>[]): StoreOperation[] {
  const oldest = before.slice(0, Math.max(0, before.length + 1 - keptDeploys));
  return oldest.map(({ record }) => ({ kind: 'delete', key: keys.deploy(record.site, record.deploy) }));
}

function setTo(record: DeployRecord, expect?: Expectation): StoreOperation {
  const key = keys.deploy(record.site, record.deploy);
  return { kind: 'set', key, value: JSON.stringify(record), ...(expect === undefined ? {} : { expect }) };
}

/**
 * Part of the pointer's transaction: either the deploy becomes current and can no longer be cancelled, or it was
 * cancelled and the transaction does not go through.
 * @throws E_CANCELLED
 */
export async function becomesCurrent(world: World, run: Run): Promise<StoreOperation> {
  const found = await world.state.deploy(run.site, run.deploy);
  if (found?.record.phase === 'cancelled') throw cancelled(found.record);
  const record = found?.record ?? recordOf(world, run);
  return setTo({ ...record, phase: 'current' }, found?.version ?? 'absent');
}

/** A cancelled deploy stays cancelled on record. */
export async function recordFailed(world: World, run: Run, failure: unknown): Promise<void> {
  const found = await world.state.deploy(run.site, run.deploy);
  if (found?.record.phase !== 'running') return;
  const code = isOctohostError(failure) ? { error: failure.code } : {};
  const operation = setTo({ ...found.record, phase: 'failed', ...code }, found.version);
  const { done } = await world.state.store.transact([operation]);
  if (!done) await recordFailed(world, run, failure);
}

/**
 * Asks a running deploy to end. Its own process does it, and cleans up; from here on it cannot become current.
 * @throws E_DEPLOY_UNKNOWN; E_DEPLOY_OVER where its pointer has moved, or it has ended otherwise
 */
export async function cancel(world: World, deploy: DeployId, by: Actor): Promise<void> {
  const { record } = await findDeploy(world, deploy);
  for (;;) {
    const found = await world.state.deploy(record.site, deploy);
    if (!found) throw errors.E_DEPLOY_UNKNOWN({ deploy });
    if (found.record.phase === 'cancelled') return;
    if (found.record.phase !== 'running')
      throw errors.E_DEPLOY_OVER({ deploy, site: found.record.site, phase: found.record.phase });
    const next: DeployRecord = { ...found.record, phase: 'cancelled', by };
    if ((await world.state.store.transact([setTo(next, found.version)])).done) return;
  }
}

/** The record beside what is known of its process. */
export function statusOf({ process }: World, record: DeployRecord): DeployStatus {
  const alive = record.host === process.host ? process.isAlive(record.pid) : record.phase === 'running';
  return { ...record, alive, phase: record.phase === 'running' && !alive ? 'killed' : record.phase };
}

/** The deploy of this id, of whichever site. */
export async function findDeploy(world: World, deploy: DeployId): Promise<Versioned<DeployRecord>> {
  const all = await world.state.deploys();
  const found = all.find(({ record }) => record.deploy === deploy);
  if (!found) throw errors.E_DEPLOY_UNKNOWN({ deploy });
  return found;
}

/** Aborts as soon as one of these deploys is cancelled; stops to look when the signal aborts. */
export function abortWhenCancelled(
  world: World,
  runs: readonly Run[],
  abort: AbortController,
  signal: AbortSignal,
): void {
  for (const run of runs) {
    // A store that cannot be watched stops no deploy: the pointer's transaction asks again.
    void watch(world, run, abort, signal).catch(() => {});
  }
}

async function watch(world: World, run: Run, abort: AbortController, signal: AbortSignal): Promise<void> {
  const changes = world.state.store.watch(keys.deploy(run.site, run.deploy), signal);
  for await (const _ of changes) {
    const found = await world.state.deploy(run.site, run.deploy);
    if (found?.record.phase === 'cancelled') abort.abort(cancelled(found.record));
  }
}

function cancelled({ site, deploy, by }: DeployRecord): Error {
  return errors.E_CANCELLED({ deploy, by: by ?? 'somebody' }, { site });
}
