/** The role store in memory. Handles made by `reopen` share data, calls and faults, as processes share a store. */
import type { Expectation, Store, StoreEntry, StoreOperation, TransactionResult } from '../../core/index.ts';
import { type Changes, createChanges } from './changes.ts';
import { createObserver, type Observed, observe } from './observe.ts';

export type MemoryStore = Observed<Store> & {
  /** Another handle on the same data; closing one leaves the others open. */
  reopen(): MemoryStore;
  /** Somebody writes there what is no text. */
  spoil(key: string): void;
  /** Everything in it, as plain values by key. */
  dump(): Record<string, string>;
};

interface Data {
  readonly entries: Map<string, StoreEntry>;
  /** Keys with what is no text. */
  readonly spoilt: Set<string>;
  readonly changes: Changes;
  version: number;
}

export function memoryStore(): MemoryStore {
  const data: Data = { entries: new Map(), spoilt: new Set(), changes: createChanges(), version: 0 };
  const observer = createObserver<Store>();
  const open = (): MemoryStore => ({
    ...observe(openStore(data), ['watch'], observer),
    reopen: open,
    spoil(key) {
      data.entries.delete(key);
      data.spoilt.add(key);
    },
    dump: () => Object.fromEntries(sorted(data.entries.values()).map(({ key, value }) => [key, value])),
  });
  return open();
}

function openStore(data: Data): Store {
  let closed = false;
  const opened = () => {
    if (closed) throw new Error('This memory store was closed.');
    return data;
  };
  return {
    get: async (key) => opened().entries.get(key),
    getMany: async (keys) => keys.flatMap((key) => opened().entries.get(key) ?? []),
    list: async (prefix) =>
      sorted([...opened().entries.values()].filter(({ key }) => key.startsWith(prefix))),
    unusable: async (prefix) =>
      [...opened().spoilt]
        .filter((key) => key.startsWith(prefix))
        .map((name) => ({ name, problem: 'is not Unicode text' })),
    transact: async (operations) => transact(opened(), operations),
    watch: (prefix, signal) => opened().changes.watch((key) => key.startsWith(prefix), signal),
    async close() {
      closed = true;
    },
  };
}

/** Conditions are checked against the state before the transaction; then operations apply in their order. */
function transact(data: Data, operations: readonly StoreOperation[]): TransactionResult {
  const conflicts = operations
    .filter(({ key, expect }) => expect !== undefined && !holds(data.entries.get(key), expect))
    .map(({ key }) => key);
  if (conflicts.length > 0) return { done: false, conflicts: [...new Set(conflicts)] };
  const writes = operations.filter(({ kind }) => kind !== 'check');
  if (writes.length === 0) return { done: true, version: data.version };
  const version = ++data.version;
  for (const operation of writes) {
    if (operation.kind === 'delete') data.entries.delete(operation.key);
    if (operation.kind === 'set')
      data.entries.set(operation.key, { key: operation.key, value: operation.value, version });
  }
  for (const { key } of writes) data.spoilt.delete(key);
  for (const { key } of writes) data.changes.announce(key);
  return { done: true, version };
}

function holds(entry: StoreEntry | undefined, expect: Expectation): boolean {
  return expect === 'absent' ? entry === undefined : entry?.version === expect;
}

/** In the order of the keys' bytes. */
function sorted(entries: Iterable<StoreEntry>): StoreEntry[] {
  return [...entries].toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}
