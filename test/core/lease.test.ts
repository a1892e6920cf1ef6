import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveConfig } from '../../core/config.ts';
import { acquireLease, giveBackExpired, withLease } from '../../core/lease.ts';
import { assemble } from '../../core/plugin.ts';
import { secretKeyFile } from '../../core/secret-key-file.ts';
import { Secrets } from '../../core/secrets.ts';
import { State } from '../../core/state.ts';
import type { World } from '../../core/world.ts';
import { memoryPlugins } from '../testing/memory-plugins.ts';
import { type MemoryStore, memoryStore } from '../testing/memory-store.ts';

let store: MemoryStore;
let now: number;
let alive: Set<number>;

beforeEach(() => {
  store = memoryStore();
  now = Date.parse('2026-01-01T00:00:00Z');
  alive = new Set([1, 2]);
});

/** A process with this pid on a host, with a clock that the test moves. */
function processOn(host: string, pid: number): World {
  const config = resolveConfig({ plugins: memoryPlugins({ store }) }, '/nowhere/config.ts');
  const { hooks, providers, uses } = assemble(config.plugins, {
    adopted: async () => [],
    id: async () => '',
    dataDir: '',
    http: config.http,
    https: config.https,
    environment: {},
  });
  const clock = {
    now: () => now,
    async sleep() {
      now += 1000;
    },
  };
  return {
    config,
    hooks,
    uses,
    told: new Map(),
    parts: [],
    providers,
    state: new State(store, new Secrets(secretKeyFile('/nowhere'))),
    clock,
    process: { version: '0.0.0', pid, host, cores: 2, isAlive: (asked) => alive.has(asked) },
    startInTurn: (start) => start(),
  };
}

const waited: string[] = [];
afterEach(() => void waited.splice(0));
const request = (more: object = {}) => ({
  names: ['site/app'],
  what: 'The site app',
  purpose: 'deploy of app',
  signal: new AbortController().signal,
  waitSeconds: 5,
  onWait: (holders: readonly { pid: number }[]) =>
    void waited.push(`pid ${holders.map(({ pid }) => pid).join(' ')}`),
  ...more,
});

describe('a lease', () => {
  it('is held by one at a time, and the next one is told for whom it waits', async () => {
    const held = await acquireLease(processOn('a', 1), request());
    await expect(acquireLease(processOn('a', 2), request())).rejects.toMatchObject({
      code: 'E_LOCKED',
      exit: 75,
    });
    expect(waited).toEqual(['pid 1']);
    await held.release();
    const next = await acquireLease(processOn('a', 2), request());
    expect(next.number).toBe(held.number + 1);
    await next.release();
  });

  it('of a process that is gone is taken over at once on its own host', async () => {
    await acquireLease(processOn('a', 1), request());
    alive.delete(1);
    const next = await acquireLease(processOn('a', 2), request());
    expect(waited).toEqual([]);
    await next.release();
  });

  it('of a process on another host is taken over when its heartbeat is too old', async () => {
    const first = await acquireLease(processOn('a', 1), request());
    alive.delete(1);
    const next = await acquireLease(processOn('b', 2), request({ waitSeconds: 60 }));
    expect(waited).toEqual(['pid 1']);
    await expect(first.assertHeld()).rejects.toMatchObject({ code: 'E_LEASE_LOST' });
    await next.release();
  });

  it('that was lost fences every transaction made under it', async () => {
    const first = await acquireLease(processOn('a', 1), request());
    now += 60_000;
    await acquireLease(processOn('b', 2), request());
    const late = await store.transact([
      first.check(),
      { kind: 'set', key: 'octohost-state/x', value: 'late' },
    ]);
    expect(late).toEqual({ done: false, conflicts: ['octohost-state/leases/site/app'] });
    expect(await store.get('octohost-state/x')).toBeUndefined();
  });

  it('is released when the work under it throws', async () => {
    const world = processOn('a', 1);
    await expect(withLease(world, request(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await (await acquireLease(processOn('a', 2), request())).release();
  });

  it('is not waited for by who is interrupted', async () => {
    await acquireLease(processOn('a', 1), request());
    const stop = new AbortController();
    const next = acquireLease(
      processOn('a', 2),
      request({ signal: stop.signal, onWait: () => stop.abort() }),
    );
    await expect(next).rejects.toMatchObject({ code: 'E_ABORTED', exit: 130 });
  });

  it('of a process that is gone is given back by whoever cleans up, and no other one', async () => {
    await acquireLease(processOn('a', 1), request());
    const held = await acquireLease(processOn('a', 2), request({ names: ['router/a'] }));
    await store.transact([{ kind: 'set', key: 'octohost-state/leases/broken', value: '{' }]);
    alive.delete(1);
    await giveBackExpired(processOn('a', 3));
    await held.assertHeld();
    expect(await store.get('octohost-state/leases/site/app')).toMatchObject({
      value: '{"number":1,"holder":null}',
    });
    const beats = await store.list('octohost-state/heartbeats/');
    expect(beats.map(({ key }) => key)).toEqual(['octohost-state/heartbeats/router/a']);
    await held.release();
  });
});
