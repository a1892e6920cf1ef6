/** Watches. */
import { expect } from 'vitest';
import type { Store } from '../../core/index.ts';
import { eventually, startWatch } from './fixture.ts';
import { commit, freshPrefix, type StoreFixture, set } from './store-bench.ts';
import { type Check, check } from './suite.ts';

export const watches: readonly Check<StoreFixture>[] = [
  ...[
    { who: 'this process', mine: true },
    { who: 'another process', mine: false },
  ].map(({ who, mine }) =>
    check(`yields after sets and deletes by ${who}`, async ({ store, reopen }: StoreFixture) => {
      const prefix = freshPrefix();
      const other = await reopen();
      const writer = mine ? store : other;
      const watch = startWatch((signal) => store.watch(prefix, signal));
      try {
        await untilWatching(writer, prefix, watch.count);
        for (const operation of [
          set(`${prefix}a`, 'set'),
          set(`${prefix}a`, 'changed'),
          set(`${prefix}b`, 'newer'),
          { kind: 'delete', key: `${prefix}a` } as const,
          { kind: 'delete', key: `${prefix}b` } as const,
        ]) {
          const before = watch.count();
          await commit(writer, operation);
          await eventually(`a yield after ${operation.kind}`, async () => watch.count() > before);
        }
      } finally {
        watch.stop();
        await other.close();
      }
    }),
  ),
  check('does not yield after changes elsewhere', async ({ store }) => {
    const [prefix, elsewhere] = [freshPrefix(), freshPrefix()];
    const here = startWatch((signal) => store.watch(prefix, signal));
    const there = startWatch((signal) => store.watch(elsewhere, signal));
    try {
      await untilWatching(store, prefix, here.count);
      await untilWatching(store, elsewhere, there.count);
      await settle(here);
      const [before, beforeThere] = [here.count(), there.count()];
      // Seen there twice, one after the other: a watcher of everything would have yielded here by then.
      for (let seen = 1; seen <= 2; seen++) {
        await commit(store, set(`${elsewhere}a`, String(seen)));
        await eventually('a yield elsewhere', async () => there.count() >= beforeThere + seen);
      }
      expect(here.count()).toBe(before);
    } finally {
      for (const watch of [here, there]) watch.stop();
    }
  }),
  check('gathers changes that come while nobody asks', async ({ store }) => {
    const prefix = freshPrefix();
    const controller = new AbortController();
    let yields = 0;
    let written = false;
    const watching = (async () => {
      for await (const _ of store.watch(prefix, controller.signal)) {
        if (yields++ > 0) continue;
        for (let index = 0; index < 50; index++) await commit(store, set(`${prefix}${index}`, 'x'));
        written = true;
      }
    })();
    // How it ends is for another check.
    watching.catch(() => {});
    await untilWatching(store, prefix, () => yields);
    await eventually('the writes', async () => written);
    await eventually('a yield for them', async () => yields > 1);
    controller.abort();
    expect(yields).toBeLessThan(25);
  }),
  check(
    'ends without an error when the signal aborts, also one that was aborted before',
    async ({ store }) => {
      const watch = startWatch((signal) => store.watch(freshPrefix(), signal));
      await expect(watch.end()).resolves.toBeUndefined();
      for await (const _ of store.watch(freshPrefix(), AbortSignal.abort()))
        throw new Error('A watch with an aborted signal yielded.');
    },
  ),
];

/** A watch may need a moment before it sees changes: changes something until it does. */
async function untilWatching(store: Store, prefix: string, count: () => number): Promise<void> {
  await eventually('the first yield', async () => {
    await commit(store, set(`${prefix}knock`, 'x'));
    return count() > 0;
  });
}

/** Waits until what was changed before has been yielded: no new yield within half a second. */
async function settle(watch: { count(): number }): Promise<void> {
  let last = { count: watch.count(), at: Date.now() };
  await eventually('quiet', async () => {
    if (watch.count() !== last.count) last = { count: watch.count(), at: Date.now() };
    return Date.now() - last.at > 500;
  });
}
