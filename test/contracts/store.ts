/** What every provider of the role store keeps to. */
import { describe } from 'vitest';
import { useFixture } from './fixture.ts';
import type { StoreFixture } from './store-bench.ts';
import { handles, lists, readsAndWrites, versions } from './store-entries.ts';
import { conditions, transactions } from './store-transactions.ts';
import { watches } from './store-watch.ts';

export type { StoreFixture } from './store-bench.ts';

/**
 * Registers the suite. Each test works below a prefix of its own under `octohost-state/`: other entries in the store
 * are left alone and do not matter.
 */
export function storeContract(name: string, create: () => Promise<StoreFixture>): void {
  describe(`${name} keeps the contract of a store`, () => {
    const fixture = useFixture(create);
    readsAndWrites(fixture);
    lists(fixture);
    conditions(fixture);
    transactions(fixture);
    versions(fixture);
    handles(fixture);
    watches(fixture);
  });
}
