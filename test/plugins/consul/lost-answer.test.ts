/** What becomes of a write whose answer does not come, or of which Consul is away for a moment. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../../core/index.ts';
import { type ConsulProxy, consulProxy, type Treatment } from '../../consul/consul-proxy.ts';
import { type ConsulLab, consulLab, provided } from '../../helpers/consul-lab.ts';

let lab: ConsulLab;
let proxy: ConsulProxy;
let store: Store;
beforeAll(async () => {
  lab = await consulLab();
  proxy = await consulProxy(lab.address);
  store = provided({ address: proxy.address, requestSeconds: 1, patienceSeconds: 1 }).store;
});
afterEach(() => proxy.treat(() => ({ kind: 'pass' })));
afterAll(async () => {
  await store?.close();
  await proxy?.close();
  await lab?.dispose();
});

const noLeader: Treatment = { kind: 'answer', status: 500, text: 'No cluster leader' };

/** Treats so many of the next transactions. */
function treatWrites(treatment: Treatment, count: number): () => number {
  let seen = 0;
  proxy.treat(({ path }) => {
    if (!path.startsWith('/v1/txn')) return { kind: 'pass' };
    return seen++ < count ? treatment : { kind: 'pass' };
  });
  return () => seen;
}

const key = 'octohost-state/lost';

it('is done once where the answer was lost, with the version that it was given then', async () => {
  const seen = treatWrites({ kind: 'lose answer' }, 1);
  const result = await store.transact([{ kind: 'set', key, value: 'mine', expect: 'absent' }]);
  expect(seen()).toBe(2);
  expect(result).toMatchObject({ done: true });
  const entry = await store.get(key);
  expect(entry).toEqual({ key, value: 'mine', version: result.done ? result.version : 0 });
});

it('is a conflict where it was somebody else who wrote', async () => {
  const before = (await store.get(key))?.version ?? 0;
  const other = provided({ address: lab.address }).store;
  await other.transact([{ kind: 'set', key, value: 'theirs', expect: before }]);
  await other.close();
  treatWrites(noLeader, 1);
  const result = await store.transact([{ kind: 'set', key, value: 'late', expect: before }]);
  expect(result).toEqual({ done: false, conflicts: [key] });
  expect(await store.get(key)).toMatchObject({ value: 'theirs' });
});

it.each([
  { what: 'broken connections', treatment: { kind: 'break' } },
  { what: 'a missing leader', treatment: noLeader },
  { what: 'an answer that comes too late', treatment: { kind: 'late', ms: 1_200 } },
] as const)('outlasts $what for a moment', async ({ treatment }) => {
  treatWrites(treatment, 1);
  const result = await store.transact([{ kind: 'set', key, value: 'again' }]);
  expect(result).toMatchObject({ done: true });
});

it('says that it does not know, where it may have been done and no answer comes any more', async () => {
  treatWrites({ kind: 'lose answer' }, Number.POSITIVE_INFINITY);
  const lost = store.transact([{ kind: 'set', key, value: 'perhaps' }]);
  await expect(lost).rejects.toMatchObject({ code: 'E_CONSUL_UNANSWERED' });
  expect(await store.get(key)).toMatchObject({ value: 'perhaps' });
});

it('is not sent again where it was refused for good', async () => {
  const seen = treatWrites({ kind: 'answer', status: 403, text: 'Permission denied' }, 1);
  const refused = store.transact([{ kind: 'set', key, value: 'no' }]);
  await expect(refused).rejects.toMatchObject({ code: 'E_CONSUL_REFUSED' });
  expect(seen()).toBe(1);
});

it('is seen by who reads several keys at once as by who reads one: none is read from a server that lags', async () => {
  await store.transact([{ kind: 'set', key, value: 'seen' }]);
  const asked: string[] = [];
  proxy.treat(({ path }) => {
    asked.push(path);
    return { kind: 'pass' };
  });
  expect(await store.getMany?.([key])).toEqual([await store.get(key)]);
  expect(asked).toEqual(Array(2).fill(expect.stringMatching(/[?&]consistent\b/)));
});

it('is seen by a watch that outlived a Consul that was away', async () => {
  const controller = new AbortController();
  let yields = 0;
  const watching = (async () => {
    for await (const _ of store.watch('octohost-state/watched/', controller.signal)) yields++;
  })();
  const knock = (value: string) => store.transact([{ kind: 'set', key: 'octohost-state/watched/a', value }]);
  await expect.poll(async () => (await knock('x')) && yields, { timeout: 10_000 }).toBeGreaterThan(0);
  await lab.stop();
  await lab.start();
  const before = yields;
  await expect.poll(async () => (await knock('y')) && yields, { timeout: 20_000 }).toBeGreaterThan(before);
  controller.abort();
  await watching;
});
