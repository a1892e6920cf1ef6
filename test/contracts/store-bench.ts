/** What the tests of a store share. */
import { randomBytes } from 'node:crypto';
import type { Store, StoreOperation } from '../../core/index.ts';
import type { Disposable } from './fixture.ts';

export interface StoreFixture extends Disposable {
  readonly store: Store;
  /** The same data, as another process opens it. */
  readonly reopen: () => Promise<Store>;
}

export function freshPrefix(): string {
  return `octohost-state/contract/${randomBytes(6).toString('hex')}/`;
}

export const set = (key: string, value: string, expect?: number | 'absent'): StoreOperation => ({
  kind: 'set',
  key,
  value,
  ...(expect === undefined ? {} : { expect }),
});

export async function commit(store: Store, ...operations: StoreOperation[]): Promise<number> {
  const result = await store.transact(operations);
  if (!result.done) throw new Error(`A transaction met a conflict at ${result.conflicts.join(', ')}.`);
  return result.version;
}

export async function valuesBelow(store: Store, prefix: string): Promise<Record<string, string>> {
  const entries = await store.list(prefix);
  return Object.fromEntries(entries.map(({ key, value }) => [key.slice(prefix.length), value]));
}
