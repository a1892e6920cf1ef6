/** The version of what lies in the store: an older octohost leaves a newer store alone, a newer one takes an older one on. */
import { errors } from './error-catalogue.ts';
import { keys, statePrefix } from './keys.ts';
import { readEntry } from './read-entry.ts';
import type { Store, StoreOperation, TransactionResult } from './roles.ts';

/**
 * What a store of one version needs to be one of the next. All that is found with `expect`, so that whatever an older
 * octohost writes meanwhile makes it be computed anew. It is written in one transaction with the version: what is too
 * much for one is written ahead, under keys that no older version reads.
 */
export type Upgrade = (store: Store) => Promise<readonly StoreOperation[]>;

/** The n-th makes version n + 1. */
const upgrades: readonly Upgrade[] = [
  // Stores of before had no version, and what lies in them is as it is in version 1.
  async () => [],
];

/** The version of the records that this octohost writes. A snapshot of an older one is to be taken on as a store of it is. */
export const schemaVersion: number = upgrades.length + 1;

export interface Schema {
  /** Of octohost; kept beside the version, for people. */
  readonly octohost: string;
  /** Left out: all there are. */
  readonly upgrades?: readonly Upgrade[];
}

/** The entry's version in the store; a new store has none. */
type Found = number | 'absent';

/**
 * The store, in which nothing is read or written before its version is known. Each transaction says which one it was made
 * for, so that a process that was running when a newer octohost took the store on writes nothing any more.
 */
export function withSchema(store: Store, schema: Schema): Store {
  let found: Promise<Found> | undefined;
  const ready = () => {
    found ??= findSchema(store, schema).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  const getMany = store.getMany?.bind(store);
  return {
    get: (key) => ready().then(() => store.get(key)),
    ...(getMany ? { getMany: (wanted) => ready().then(() => getMany(wanted)) } : {}),
    list: (prefix) => ready().then(() => store.list(prefix)),
    unusable: (prefix) => ready().then(() => store.unusable(prefix)),
    async transact(operations) {
      if (operations.length === 0) return store.transact(operations);
      for (;;) {
        const version = await ready();
        const result = await store.transact([...operations, guardOf(version, schema)]);
        if (result.done && version === 'absent') found = Promise.resolve(result.version);
        if (result.done || !result.conflicts.includes(keys.schema)) return result;
        found = undefined;
      }
    },
    watch: (prefix, signal) => store.watch(prefix, signal),
    close: () => store.close(),
  };
}

function guardOf(version: Found, schema: Schema): StoreOperation {
  return version === 'absent'
    ? setTo(schema, 'absent')
    : { kind: 'check', key: keys.schema, expect: version };
}

function setTo(schema: Schema, expect: Found): StoreOperation {
  const value = JSON.stringify({ version: versionOf(schema), octohost: schema.octohost });
  return { kind: 'set', key: keys.schema, value, expect };
}

function versionOf({ upgrades: all = upgrades }: Schema): number {
  return all.length;
}

/** @throws E_SCHEMA_NEWER, E_STATE */
async function findSchema(store: Store, schema: Schema): Promise<Found> {
  for (;;) {
    const entry = await store.get(keys.schema);
    // Settings alone may be what somebody wrote for an octohost to come.
    if (!entry && (await store.list(statePrefix)).length === 0) return 'absent';
    const { version, octohost } = entry ? readEntry('schema', entry) : { version: 0, octohost: '' };
    const known = versionOf(schema);
    if (version > known)
      throw errors.E_SCHEMA_NEWER({ version, by: octohost, known, octohost: schema.octohost });
    if (entry && version === known) return entry.version;
    const done = await upgrade(store, schema, { version, expect: entry?.version ?? 'absent' });
    if (done.done) return done.version;
  }
}

async function upgrade(
  store: Store,
  schema: Schema,
  from: { version: number; expect: Found },
): Promise<TransactionResult> {
  const { upgrades: all = upgrades } = schema;
  const operations: StoreOperation[] = [];
  for (const step of all.slice(from.version)) operations.push(...(await step(store)));
  return store.transact([...operations, setTo(schema, from.expect)]);
}
