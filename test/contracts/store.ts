/** What every provider of the role store keeps to. A store may lack nothing: everything else builds on it. */
import type { StoreFixture } from './store-bench.ts';
import { handles, lists, readsAndWrites, versions } from './store-entries.ts';
import { conditions, transactions } from './store-transactions.ts';
import { watches } from './store-watch.ts';
import { registerSuite, type Suite } from './suite.ts';

export type { StoreFixture } from './store-bench.ts';

/**
 * Each check works below a prefix of its own under `octohost-state/`: other entries in the store are left alone and do
 * not matter.
 */
export function storeSuite(): Suite<StoreFixture> {
  const checks = [readsAndWrites, lists, conditions, transactions, versions, handles, watches].flat();
  return { role: 'store', seconds: 120, checks };
}

/** Registers the suite with vitest. */
export function storeContract(name: string, create: () => Promise<StoreFixture>): void {
  registerSuite(storeSuite(), name, create);
}
