/** Entries, lists of them, versions, and several processes. */
import { expect } from 'vitest';
import { commit, freshPrefix, type StoreFixture, set, valuesBelow } from './store-bench.ts';
import { type Check, check } from './suite.ts';

export const readsAndWrites: readonly Check<StoreFixture>[] = [
  check('has undefined for a key that was never set', async (fixture) => {
    expect(await fixture.store.get(`${freshPrefix()}none`)).toBeUndefined();
  }),

  ...[
    { what: 'nothing', value: '' },
    { what: 'white space only', value: ' \t\n' },
    { what: 'line ends of all kinds', value: 'a\nb\r\nc\r' },
    { what: 'quotes, backslashes and shell signs', value: `'"\\$(id)\`%s\`` },
    { what: 'every plane of Unicode', value: 'ü €\u200b 日本 𝄞 👩‍💻' },
    { what: 'the number-like text 007', value: '007' },
    { what: '100,000 bytes', value: 'ä'.repeat(50_000) },
  ].map(({ what, value }) =>
    check(`returns a value of ${what} as it was set`, async ({ store }: StoreFixture) => {
      const key = `${freshPrefix()}value`;
      const version = await commit(store, set(key, value));
      expect(await store.get(key)).toEqual({ key, value, version });
    }),
  ),
  check('has the new value after a second set and none after a delete', async ({ store }) => {
    const key = `${freshPrefix()}value`;
    await commit(store, set(key, 'one'));
    await commit(store, set(key, 'two'));
    expect(await store.get(key)).toMatchObject({ value: 'two' });
    await commit(store, { kind: 'delete', key });
    expect(await store.get(key)).toBeUndefined();
    expect(await store.list(key)).toEqual([]);
  }),
  check('gives several entries at once, those that are there, where it can', async ({ store }) => {
    if (!store.getMany) return;
    const prefix = freshPrefix();
    const names = Array.from({ length: 130 }, (_, index) => `${prefix}${index}`);
    for (const some of [names.slice(0, 60), names.slice(60, 120), names.slice(120)])
      await commit(store, ...some.map((key) => set(key, `of ${key} ü`)));
    await commit(store, set(`${prefix}long`, 'x'.repeat(100_000)));
    const wanted = [...names, `${prefix}long`];
    const byKey = (entries: readonly { readonly key: string }[]) =>
      entries.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    const each = await Promise.all(wanted.map((key) => store.get(key)));
    expect(byKey(await store.getMany(wanted))).toEqual(byKey(each.filter((entry) => entry !== undefined)));
    expect(await store.getMany([`${prefix}none`, `${prefix}1`])).toEqual([await store.get(`${prefix}1`)]);
    expect(await store.getMany([])).toEqual([]);
  }),
  check('takes the delete of an absent key as done', async ({ store }) => {
    const prefix = freshPrefix();
    await commit(store, { kind: 'delete', key: `${prefix}none` }, set(`${prefix}other`, 'x'));
    expect(await valuesBelow(store, prefix)).toEqual({ other: 'x' });
  }),
];

export const lists: readonly Check<StoreFixture>[] = [
  check('lists what begins with exactly the prefix, with values and versions', async ({ store }) => {
    const prefix = freshPrefix();
    const names = ['app/A', 'app/B', 'app', 'app-two/A', 'apple', 'App/A', 'ap', 'a%p/A', 'a_p/A', 'a*p/A'];
    const version = await commit(store, ...names.map((name) => set(prefix + name, `of ${name}`)));
    expect(await store.list(`${prefix}app/`)).toEqual([
      { key: `${prefix}app/A`, value: 'of app/A', version },
      { key: `${prefix}app/B`, value: 'of app/B', version },
    ]);
    for (const wild of ['a%', 'a_p', 'a*', 'a?p'])
      expect(Object.keys(await valuesBelow(store, `${prefix}${wild}`))).toHaveLength(wild === 'a?p' ? 0 : 1);
  }),
  check('lists a key that is the prefix itself', async ({ store }) => {
    const prefix = freshPrefix();
    await commit(store, set(`${prefix}app`, 'self'), set(`${prefix}app/A`, 'below'));
    expect(Object.values(await valuesBelow(store, `${prefix}app`))).toEqual(['self', 'below']);
  }),
  check("sorts by the bytes of the keys, not by a language's rules", async ({ store }) => {
    const prefix = freshPrefix();
    const byBytes = ['-', '0', '10', '9', 'B', '_', 'a', 'a-b', 'a/b', 'aa', 'é'];
    await commit(store, ...byBytes.toReversed().map((name) => set(prefix + name, name)));
    expect((await store.list(prefix)).map(({ value }) => value)).toEqual(byBytes);
  }),
  check('finds nothing unusable in what it was given itself', async ({ store }) => {
    const prefix = freshPrefix();
    await commit(
      store,
      set(`${prefix}a`, ''),
      set(`${prefix}b`, 'ä\u200b'),
      set(`${prefix}c`, 'x'.repeat(100_000)),
    );
    expect(await store.unusable(prefix)).toEqual([]);
  }),
  check('has an empty list where nothing begins with the prefix', async (fixture) => {
    expect(await fixture.store.list(freshPrefix())).toEqual([]);
  }),
];

export const versions: readonly Check<StoreFixture>[] = [
  check('gives a transaction one version, higher than every version before it', async ({ store }) => {
    const prefix = freshPrefix();
    const first = await commit(store, set(`${prefix}a`, '1'), set(`${prefix}b`, '1'));
    const second = await commit(store, set(`${prefix}b`, '2'));
    const entries = await store.list(prefix);
    expect(entries.map((entry) => entry.version)).toEqual([first, second]);
    expect(second).toBeGreaterThan(first);
    expect(Number.isSafeInteger(second)).toBe(true);
  }),
  check('gives a new version to a set of the same value', async ({ store }) => {
    const key = `${freshPrefix()}same`;
    const first = await commit(store, set(key, 'same'));
    const second = await commit(store, set(key, 'same', first));
    expect(second).toBeGreaterThan(first);
    expect(await store.get(key)).toEqual({ key, value: 'same', version: second });
  }),
  check('never gives a version twice, not after the newest entries were deleted', async ({ store }) => {
    const prefix = freshPrefix();
    const seen: number[] = [];
    for (let round = 0; round < 5; round++) {
      seen.push(await commit(store, set(`${prefix}a`, 'x', 'absent'), set(`${prefix}b`, 'x', 'absent')));
      await commit(store, { kind: 'delete', key: `${prefix}a` }, { kind: 'delete', key: `${prefix}b` });
    }
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
  }),
];

export const handles: readonly Check<StoreFixture>[] = [
  check(
    'shows at once what another process wrote, and keeps it when that one closes',
    async ({ store, reopen }) => {
      const prefix = freshPrefix();
      const other = await reopen();
      const version = await commit(other, set(`${prefix}a`, 'theirs'));
      expect(await store.get(`${prefix}a`)).toMatchObject({ value: 'theirs', version });
      await commit(store, set(`${prefix}a`, 'ours', version));
      expect(await other.list(prefix)).toMatchObject([{ value: 'ours' }]);
      await other.close();
      expect(await store.get(`${prefix}a`)).toMatchObject({ value: 'ours' });
    },
  ),
  check('may be closed twice, and answers nothing afterwards', async (fixture) => {
    const other = await fixture.reopen();
    await other.list(freshPrefix());
    await other.close();
    await other.close();
    await expect(other.get('octohost-state/contract/none')).rejects.toThrow();
    await expect(other.transact([set(`${freshPrefix()}late`, 'x')])).rejects.toThrow();
  }),
  check('may be closed without having been used', async (fixture) => {
    const other = await fixture.reopen();
    await expect(other.close()).resolves.toBeUndefined();
  }),
];
