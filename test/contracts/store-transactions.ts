/** Conditions and transactions. */
import { expect } from 'vitest';
import type { StoreOperation } from '../../core/index.ts';
import { commit, freshPrefix, type StoreFixture, set, valuesBelow } from './store-bench.ts';
import { type Check, check } from './suite.ts';

export const conditions: readonly Check<StoreFixture>[] = [
  ...(['set', 'delete', 'check'] as const).map((kind) =>
    check(
      `lets a ${kind} through only while the key has the expected version`,
      async ({ store }: StoreFixture) => {
        const prefix = freshPrefix();
        const key = `${prefix}guarded`;
        const old = await commit(store, set(key, 'one'));
        const version = await commit(store, set(key, 'two'));
        const guarded = (expected: number | 'absent') =>
          ({ kind, key, expect: expected, ...(kind === 'set' ? { value: 'three' } : {}) }) as StoreOperation;
        for (const wrong of [old, version + 1, 'absent'] as const) {
          const result = await store.transact([set(`${prefix}beside`, 'x'), guarded(wrong)]);
          expect(result).toEqual({ done: false, conflicts: [key] });
        }
        expect(await valuesBelow(store, prefix)).toEqual({ guarded: 'two' });
        expect((await store.transact([set(`${prefix}beside`, 'x'), guarded(version)])).done).toBe(true);
        expect(await store.get(`${prefix}beside`)).toMatchObject({ value: 'x' });
      },
    ),
  ),
  check('lets an operation that expects an absent key through only while it is absent', async ({ store }) => {
    const key = `${freshPrefix()}once`;
    await commit(store, { kind: 'check', key, expect: 'absent' }, { kind: 'delete', key, expect: 'absent' });
    const version = await commit(store, set(key, 'first', 'absent'));
    expect(await store.transact([set(key, 'second', 'absent')])).toEqual({ done: false, conflicts: [key] });
    expect(await store.get(key)).toEqual({ key, value: 'first', version });
    await commit(store, { kind: 'delete', key });
    await commit(store, set(key, 'again', 'absent'));
    expect(await store.get(key)).toMatchObject({ value: 'again' });
  }),
  check('does not take an absent key for one of any version', async ({ store }) => {
    const key = `${freshPrefix()}gone`;
    const version = await commit(store, set(key, 'x'));
    await commit(store, { kind: 'delete', key });
    expect(await store.transact([{ kind: 'check', key, expect: version }])).toMatchObject({ done: false });
    expect(await store.transact([set(key, 'y', version)])).toMatchObject({ done: false });
    expect(await store.get(key)).toBeUndefined();
  }),
  check('names every key whose condition did not hold, and no other', async ({ store }) => {
    const prefix = freshPrefix();
    const version = await commit(store, set(`${prefix}a`, '1'), set(`${prefix}b`, '1'));
    await commit(store, set(`${prefix}c`, '1'));
    const result = await store.transact([
      { kind: 'check', key: `${prefix}a`, expect: version },
      { kind: 'check', key: `${prefix}b`, expect: 'absent' },
      set(`${prefix}c`, '2', version),
      set(`${prefix}d`, '2'),
    ]);
    expect(result.done ? [] : [...result.conflicts].toSorted()).toEqual([`${prefix}b`, `${prefix}c`]);
  }),
  check('lets exactly one of many win who set the same absent key at once', async ({ store, reopen }) => {
    const key = `${freshPrefix()}race`;
    const other = await reopen();
    try {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? store : other).transact([set(key, `writer ${index}`, 'absent')]),
        ),
      );
      const winners = results.flatMap(({ done }, index) => (done ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await store.get(key)).toMatchObject({ value: `writer ${winners[0]}` });
    } finally {
      await other.close();
    }
  }),
];

export const transactions: readonly Check<StoreFixture>[] = [
  check('does 60 operations and 400 KB at once', async ({ store }) => {
    const prefix = freshPrefix();
    const values = Array.from({ length: 60 }, (_, index) => `${index}:${'v'.repeat(6_700)}`);
    const version = await commit(store, ...values.map((value, index) => set(`${prefix}${index}`, value)));
    const entries = await store.list(prefix);
    expect(entries).toHaveLength(60);
    expect(new Set(entries.map((entry) => entry.version))).toEqual(new Set([version]));
    expect(new Set(entries.map((entry) => entry.value))).toEqual(new Set(values));
  }),
  check('does none of 60 operations when the last condition does not hold', async ({ store }) => {
    const prefix = freshPrefix();
    const many = Array.from({ length: 59 }, (_, index) => set(`${prefix}${index}`, 'x'));
    const key = `${freshPrefix()}there`;
    await commit(store, set(key, 'x'));
    const last: StoreOperation = { kind: 'check', key, expect: 'absent' };
    expect(await store.transact([...many, last])).toEqual({ done: false, conflicts: [key] });
    expect(await store.list(prefix)).toEqual([]);
  }),
  check('takes a transaction without operations as done', async (fixture) => {
    expect(await fixture.store.transact([])).toMatchObject({ done: true });
  }),
  check(
    'applies operations on one key in their order, with conditions on the state before all of them',
    async ({ store }) => {
      const prefix = freshPrefix();
      const key = `${prefix}twice`;
      const version = await commit(store, set(key, 'one', 'absent'), set(key, 'two', 'absent'));
      expect(await store.get(key)).toEqual({ key, value: 'two', version });
      await commit(store, { kind: 'delete', key, expect: version }, set(key, 'three', version));
      expect(await store.get(key)).toMatchObject({ value: 'three' });
      await commit(store, set(key, 'four'), { kind: 'delete', key });
      expect(await store.get(key)).toBeUndefined();
    },
  ),
];
