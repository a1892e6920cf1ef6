/** Stores that are wrong on purpose. */
import { setImmediate } from 'node:timers/promises';
import type { Store, StoreOperation } from '../../../core/index.ts';
import { storeFixture } from '../../testing/memory-fixtures.ts';
import { type StoreFixture, storeSuite } from '../store.ts';
import { breeder, type Cage } from './wrong.ts';

const wrong = breeder<StoreFixture, Store>(storeFixture, (fixture, change) => {
  const changed = (store: Store) => ({ ...store, ...change(store) });
  return {
    ...fixture,
    store: changed(fixture.store),
    reopen: async () => changed(await fixture.reopen()),
  };
});

const bytesOf = (operations: readonly StoreOperation[]) =>
  operations.reduce((sum, one) => sum + (one.kind === 'set' ? one.value.length : 0), 0);

const withValue = (change: (value: string) => string) => (store: Store) => ({
  transact: (operations: readonly StoreOperation[]) =>
    store.transact(
      operations.map((one) => (one.kind === 'set' ? { ...one, value: change(one.value) } : one)),
    ),
});

const onlyChecks = (operations: readonly StoreOperation[]): StoreOperation[] =>
  operations.flatMap(({ key, expect }) => (expect === undefined ? [] : [{ kind: 'check', key, expect }]));

export const stores: Cage<StoreFixture> = {
  suite: storeSuite(),
  wrong: [
    wrong('throws for a key that is not there', 'has undefined for a key that was never set', (store) => ({
      async get(key) {
        if (key.endsWith('/none')) throw new Error('not found');
        return store.get(key);
      },
    })),
    wrong(
      'gives of several entries the first alone',
      'gives several entries at once, those that are there, where it can',
      ({ getMany = async () => [] }) => ({ getMany: async (keys) => (await getMany(keys)).slice(0, 1) }),
    ),
    wrong(
      'takes the line ends of one system',
      'returns a value of line ends of all kinds as it was set',
      withValue((value) => value.replaceAll('\r\n', '\n')),
    ),
    wrong(
      'reads numbers out of text',
      'returns a value of the number-like text 007 as it was set',
      withValue((value) => (/^0\d+$/.test(value) ? String(Number(value)) : value)),
    ),
    wrong('deletes only what is there', 'takes the delete of an absent key as done', (store) => ({
      async transact(operations) {
        for (const { kind, key, expect } of operations)
          if (kind === 'delete' && expect === undefined && !(await store.get(key)))
            throw new Error('not found');
        return store.transact(operations);
      },
    })),
    wrong(
      'lists names in any case',
      'lists what begins with exactly the prefix, with values and versions',
      (store) => ({
        async list(prefix) {
          const all = await store.list('');
          return all.filter(({ key }) => key.toLowerCase().startsWith(prefix.toLowerCase()));
        },
      }),
    ),
    wrong(
      "sorts by a language's rules",
      "sorts by the bytes of the keys, not by a language's rules",
      (store) => ({
        list: async (prefix) => (await store.list(prefix)).toSorted((a, b) => a.key.localeCompare(b.key)),
      }),
    ),
    wrong('takes its prefixes for folders', 'lists a key that is the prefix itself', (store) => ({
      list: async (prefix) => (await store.list(prefix)).filter(({ key }) => key !== prefix),
    })),
    wrong('cannot use what is empty', 'finds nothing unusable in what it was given itself', (store) => ({
      unusable: async (prefix) =>
        (await store.list(prefix))
          .filter(({ value }) => value === '')
          .map(({ key }) => ({ name: key, problem: 'is empty' })),
    })),
    wrong(
      'names the first conflict only',
      'names every key whose condition did not hold, and no other',
      (store) => ({
        async transact(operations) {
          const result = await store.transact(operations);
          return result.done ? result : { done: false, conflicts: result.conflicts.slice(0, 1) };
        },
      }),
    ),
    wrong(
      'takes an absent key for one of any version',
      'does not take an absent key for one of any version',
      (store) => ({
        async transact(operations) {
          const absent = new Set<string>();
          for (const { key } of operations) if (!(await store.get(key))) absent.add(key);
          return store.transact(
            operations.map((one) =>
              absent.has(one.key) && typeof one.expect === 'number' ? { ...one, expect: 'absent' } : one,
            ),
          );
        },
      }),
    ),
    wrong(
      'looks first and writes then',
      'lets exactly one of many win who set the same absent key at once',
      (store) => ({
        async transact(operations) {
          const looked = await store.transact(onlyChecks(operations));
          if (!looked.done) return looked;
          await setImmediate();
          return store.transact(
            operations.flatMap((one) => {
              const { expect: _, ...free } = one;
              return one.kind === 'check' ? [] : [free as StoreOperation];
            }),
          );
        },
      }),
    ),
    wrong('has no room for much at once', 'does 60 operations and 400 KB at once', (store) => ({
      async transact(operations) {
        if (bytesOf(operations) > 200_000) throw new Error('too much');
        return store.transact(operations);
      },
    })),
    wrong(
      'does what it can of a transaction',
      'does none of 60 operations when the last condition does not hold',
      (store) => ({
        async transact(operations) {
          const result = await store.transact(operations);
          if (!result.done && operations.length > 50)
            await store.transact(operations.filter(({ expect }) => expect === undefined));
          return result;
        },
      }),
    ),
    wrong('wants something to do', 'takes a transaction without operations as done', (store) => ({
      async transact(operations) {
        if (operations.length === 0) throw new Error('nothing to do');
        return store.transact(operations);
      },
    })),
    wrong(
      'deletes before it sets',
      'applies operations on one key in their order, with conditions on the state before all of them',
      (store) => ({
        transact: (operations) =>
          store.transact(
            operations.toSorted((a, b) => Number(b.kind === 'delete') - Number(a.kind === 'delete')),
          ),
      }),
    ),
    wrong('does not write what is the same', 'gives a new version to a set of the same value', (store) => ({
      async transact(operations) {
        const changes: StoreOperation[] = [];
        for (const one of operations) {
          const same = one.kind === 'set' && (await store.get(one.key))?.value === one.value;
          if (!same || operations.length > 1) changes.push(one);
        }
        return store.transact(changes);
      },
    })),
    wrong('is never closed', 'may be closed twice, and answers nothing afterwards', () => ({
      close: async () => {},
    })),
    wrong('hears of every change', 'does not yield after changes elsewhere', (store) => ({
      watch: (_, signal) => store.watch('', signal),
    })),
    wrong('hears of each change alone', 'gathers changes that come while nobody asks', (store) => ({
      async *watch(prefix, signal) {
        for await (const _ of store.watch(prefix, signal)) for (let one = 0; one < 50; one++) yield;
      },
    })),
    wrong(
      'throws where it is told to stop',
      'ends without an error when the signal aborts, also one that was aborted before',
      (store) => ({
        async *watch(prefix, signal) {
          yield* store.watch(prefix, signal);
          signal.throwIfAborted();
        },
      }),
    ),
  ],
};
