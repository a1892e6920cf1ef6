/** Two engines want one pointer, again and again: Consul lets exactly one have it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../../core/index.ts';
import { type ConsulLab, consulLab, provided } from '../../helpers/consul-lab.ts';

let lab: ConsulLab;
let stores: readonly [Store, Store];
beforeAll(async () => {
  lab = await consulLab();
  stores = [provided({ address: lab.address }).store, provided({ address: lab.address }).store];
});
afterAll(async () => {
  for (const store of stores ?? []) await store.close();
  await lab?.dispose();
});

it('gives a pointer to exactly one of two, 200 times', async () => {
  const key = 'octohost-state/sites/raced';
  const wins = [0, 0];
  for (let round = 0; round < 200; round++) {
    const before = (await stores[0].get(key))?.version ?? ('absent' as const);
    const results = await Promise.all(
      stores.map((store, who) =>
        store.transact([
          { kind: 'set', key, value: `${round} ${who}`, expect: before },
          { kind: 'set', key: `octohost-state/releases/raced/${round}-${who}`, value: 'x', expect: 'absent' },
        ]),
      ),
    );
    const winners = results.flatMap(({ done }, who) => (done ? [who] : []));
    expect(winners).toHaveLength(1);
    const [winner = 0] = winners;
    wins[winner] = (wins[winner] ?? 0) + 1;
    expect((await stores[1].get(key))?.value).toBe(`${round} ${winner}`);
    expect(results[1 - winner]).toEqual({ done: false, conflicts: [key] });
  }
  expect((wins[0] ?? 0) + (wins[1] ?? 0)).toBe(200);
  // What came with a lost pointer was not written either.
  expect(await stores[0].list('octohost-state/releases/raced/')).toHaveLength(200);
});
