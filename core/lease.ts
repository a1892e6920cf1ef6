/** One operation at a time on a name: a lease with a holder, a heartbeat and a number that only grows. */
import { randomBytes } from 'node:crypto';
import { errors } from './error-catalogue.ts';
import { isOctohostError } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import { type LeaseHolder, type LeaseRecord, readRecord, Unreadable } from './records.ts';
import type { DeployId } from './release.ts';
import type { StoreEntry, StoreOperation } from './roles.ts';
import type { World } from './world.ts';

const beatEveryMs = 3_000;
const expiresAfterMs = 15_000;
/** Soon at first, then seldom: twenty that wait must not keep the machine busy. */
const lookAgainMs = { first: 50, most: 400 };

/** Held until released; `check` is the condition that fences every transaction made under it. */
export interface Lease {
  readonly name: string;
  readonly number: number;
  /** Aborts when somebody else took over. */
  readonly lost: AbortSignal;
  /** Part of every transaction: it does not go through once the lease is somebody else's. */
  check(): StoreOperation;
  /** Throws E_LEASE_LOST when the lease is somebody else's. */
  assertHeld(): Promise<void>;
  release(): Promise<void>;
}

export interface LeaseRequest {
  /** Any one of these will do. */
  readonly names: readonly string[];
  /** What it is, for people: `the site app`. */
  readonly what: string;
  readonly purpose: string;
  readonly signal: AbortSignal;
  readonly waitSeconds: number;
  /** Called with all who are waited for, and again when there is another one among them. */
  onWait(holders: readonly LeaseHolder[]): void;
}

/** Waits for a lease and takes it. A holder whose process is gone or whose heartbeat stopped holds no more. */
export async function acquireLease(world: World, request: LeaseRequest): Promise<Lease> {
  const { clock } = world;
  const until = clock.now() + request.waitSeconds * 1000;
  const told = new Set<string>();
  let pause = lookAgainMs.first;
  for (;;) {
    if (request.signal.aborted) throw interruption(request);
    const { lease, holders } = await takeFirstFree(world, request);
    if (lease) return lease;
    // Somebody else was quicker.
    if (holders.length < request.names.length) continue;
    if (holders.some(({ owner }) => !told.has(owner))) request.onWait(holders);
    for (const { owner } of holders) told.add(owner);
    if (clock.now() > until)
      throw errors.E_LOCKED({
        what: request.what,
        holder: holders.map(describeHolder).join(', '),
        seconds: request.waitSeconds,
      });
    await clock.sleep(pause, request.signal).catch(() => {});
    pause = Math.min(pause * 2, lookAgainMs.most);
  }
}

function interruption({ signal, purpose }: LeaseRequest): unknown {
  return isOctohostError(signal.reason) ? signal.reason : errors.E_ABORTED({ what: `The ${purpose}` });
}

async function takeFirstFree(
  world: World,
  request: LeaseRequest,
): Promise<{ lease?: Lease; holders: readonly LeaseHolder[] }> {
  const holders: LeaseHolder[] = [];
  for (const name of request.names) {
    const entry = await world.state.store.get(keys.lease(name));
    const { number, holder } = entry ? readLease(entry) : { number: 0, holder: null };
    if (holder && !(await isExpired(world, name, holder))) {
      holders.push(holder);
      continue;
    }
    const lease = await take(world, { name, purpose: request.purpose, number: number + 1 }, entry?.version);
    if (lease) return { lease, holders };
  }
  return { holders };
}

/** Runs work under a lease and releases it, whatever happens. */
export async function withLease<Result>(
  world: World,
  request: LeaseRequest,
  work: (lease: Lease) => Promise<Result>,
): Promise<Result> {
  const lease = await acquireLease(world, request);
  try {
    return await work(lease);
  } finally {
    // A lease that cannot be given back expires by itself; what the work threw is what counts.
    await lease.release().catch(() => {});
  }
}

/** In words: `deploy of app (process 4711 on web1, since 12:00:01)`. Pure. */
export function describeHolder(holder: LeaseHolder): string {
  return `${holder.purpose} (process ${holder.pid} on ${holder.host}, since ${holder.since.slice(11, 19)} UTC)`;
}

async function take(
  world: World,
  { name, purpose, number }: { name: string; purpose: string; number: number },
  version: number | undefined,
): Promise<Lease | undefined> {
  const { state, clock, process } = world;
  const key = keys.lease(name);
  const beat = keys.heartbeat(name);
  const owner = randomBytes(8).toString('hex');
  const since = new Date(clock.now()).toISOString();
  const holder: LeaseHolder = { owner, pid: process.pid, host: process.host, since, purpose };
  const taken = await state.store.transact([
    {
      kind: 'set',
      key,
      value: JSON.stringify({ number, holder } satisfies LeaseRecord),
      expect: version ?? 'absent',
    },
    { kind: 'set', key: beat, value: String(clock.now()) },
  ]);
  if (!taken.done) return undefined;
  return hold(world, name, number, taken.version);
}

function hold(world: World, name: string, number: number, version: number): Lease {
  const { state, clock } = world;
  const key = keys.lease(name);
  const check: StoreOperation = { kind: 'check', key, expect: version };
  const lost = new AbortController();
  const beat = async () => {
    const kept = await state.store.transact([
      check,
      { kind: 'set', key: keys.heartbeat(name), value: String(clock.now()) },
    ]);
    if (!kept.done) lost.abort(errors.E_LEASE_LOST({ what: name }));
  };
  // A store that cannot be reached for a moment is not a lost lease: the fence decides, not the heartbeat.
  const timer = setInterval(() => void beat().catch(() => {}), beatEveryMs);
  timer.unref();
  return {
    name,
    number,
    lost: lost.signal,
    check: () => check,
    async assertHeld() {
      if ((await state.store.get(key))?.version !== version) throw errors.E_LEASE_LOST({ what: name });
    },
    async release() {
      clearInterval(timer);
      await state.store.transact(givenBack(name, number, version));
    },
  };
}

/** Gives back what holders left that are gone. Nobody waits for such a lease; it only stands there. */
export async function giveBackExpired(world: World): Promise<void> {
  const { store } = world.state;
  for (const entry of await store.list(keys.leases)) {
    const name = entry.key.slice(keys.leases.length);
    const record = readRecord('lease', entry.value);
    if (record instanceof Unreadable || !record.holder || !(await isExpired(world, name, record.holder)))
      continue;
    await store.transact(givenBack(name, record.number, entry.version));
  }
}

/** The number of a lease outlives its holders; a name that nobody takes again leaves nothing. */
function givenBack(name: string, number: number, expect: number): StoreOperation[] {
  const value = JSON.stringify({ number, holder: null } satisfies LeaseRecord);
  const key = keys.lease(name);
  return [
    isTakenOnce(name) ? { kind: 'delete', key, expect } : { kind: 'set', key, value, expect },
    { kind: 'delete', key: keys.heartbeat(name) },
  ];
}

/** The lease of a command that somebody is at. */
export const runLease = (site: SiteName, run: DeployId) => `run/${site}/${run}`;

const isTakenOnce = (name: string) => name.startsWith('run/');

async function isExpired(world: World, name: string, holder: LeaseHolder): Promise<boolean> {
  const beat = await world.state.store.get(keys.heartbeat(name));
  return conditionOf(world, holder, beat && Number(beat.value)) !== 'alive';
}

/**
 * How the holder of a lease is: `gone`, its process has ended; `silent`, its heartbeat has stopped, as that of a process
 * that was stopped; else `alive`. Who is not alive holds no more.
 * @param beat the last heartbeat, in milliseconds since 1970
 */
export function conditionOf(
  { clock, process }: Pick<World, 'clock' | 'process'>,
  { host, pid }: LeaseHolder,
  beat: number | undefined,
): 'alive' | 'silent' | 'gone' {
  if (host === process.host && !process.isAlive(pid)) return 'gone';
  return beat === undefined || clock.now() - beat > expiresAfterMs ? 'silent' : 'alive';
}

/** Who holds the lease of this name and is alive. */
export async function holderOf(world: World, name: string): Promise<LeaseHolder | undefined> {
  const entry = await world.state.store.get(keys.lease(name));
  const holder = entry && readLease(entry).holder;
  return holder && !(await isExpired(world, name, holder)) ? holder : undefined;
}

function readLease(entry: StoreEntry): LeaseRecord {
  const record = readRecord('lease', entry.value);
  if (record instanceof Unreadable) throw errors.E_STATE({ key: entry.key, problem: record.problem });
  return record;
}
