/** The statements of the store on an open file. Each call is one transaction; nothing in here waits or remembers. */
import type { DatabaseSync } from 'node:sqlite';
import type { Expectation, StoreEntry, StoreOperation, TransactionResult } from '../../core/index.ts';
import { rangeOf } from '../shared/store-limits.ts';

/** Two of them differ when something below the prefix changed between them. */
export interface PrefixState {
  readonly highest: number;
  readonly count: number;
}

export interface Database {
  get(key: string): StoreEntry | undefined;
  list(prefix: string): StoreEntry[];
  transact(operations: readonly StoreOperation[]): TransactionResult;
  /** The highest version ever given. */
  version(): number;
  prefixState(prefix: string): PrefixState;
  isOpen(): boolean;
  close(): void;
}

export function createDatabase(sqlite: DatabaseSync): Database {
  const select = sqlite.prepare('SELECT key, value, version FROM entries WHERE key = ?');
  const selectRange = sqlite.prepare(
    'SELECT key, value, version FROM entries WHERE key >= ? AND key < ? ORDER BY key',
  );
  const selectState = sqlite.prepare(
    'SELECT coalesce(max(version), 0) AS highest, count(*) AS count FROM entries WHERE key >= ? AND key < ?',
  );
  const selectVersion = sqlite.prepare('SELECT version FROM counter');
  const version = () => Number(selectVersion.get()?.['version']);
  return {
    get: (key) => entryOf(select.get(key)),
    list(prefix) {
      const { first, end } = rangeOf(prefix);
      return selectRange.all(first, end).map((row) => entryOf(row) as StoreEntry);
    },
    transact: createTransact(sqlite, version),
    version,
    prefixState(prefix) {
      const { first, end } = rangeOf(prefix);
      const row = selectState.get(first, end);
      return { highest: Number(row?.['highest']), count: Number(row?.['count']) };
    },
    isOpen: () => sqlite.isOpen,
    close: () => sqlite.close(),
  };
}

/** Conditions are checked against the state before the transaction; then operations apply in their order. */
function createTransact(sqlite: DatabaseSync, current: () => number): Database['transact'] {
  const selectVersion = sqlite.prepare('SELECT version FROM entries WHERE key = ?');
  const write = createWrite(sqlite);
  const raise = sqlite.prepare('UPDATE counter SET version = ?');
  const holds = (key: string, expect: Expectation) => {
    const row = selectVersion.get(key);
    return expect === 'absent' ? row === undefined : row?.['version'] === expect;
  };
  return (operations) => {
    sqlite.exec('BEGIN IMMEDIATE');
    try {
      const broken = operations.filter(({ key, expect }) => expect !== undefined && !holds(key, expect));
      if (broken.length > 0) return { done: false, conflicts: [...new Set(broken.map(({ key }) => key))] };
      const before = current();
      const changed = operations.filter((operation) => write(operation, before + 1)).length > 0;
      if (changed) raise.run(before + 1);
      sqlite.exec('COMMIT');
      return { done: true, version: changed ? before + 1 : before };
    } finally {
      if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
    }
  };
}

/** Does one operation; returns whether it changed something. */
function createWrite(sqlite: DatabaseSync): (operation: StoreOperation, version: number) => boolean {
  const upsert = sqlite.prepare(
    `INSERT INTO entries (key, version, value) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value`,
  );
  const remove = sqlite.prepare('DELETE FROM entries WHERE key = ?');
  return (operation, version) => {
    if (operation.kind === 'check') return false;
    const done =
      operation.kind === 'set'
        ? upsert.run(operation.key, version, operation.value)
        : remove.run(operation.key);
    return done.changes > 0;
  };
}

function entryOf(row: Record<string, unknown> | undefined): StoreEntry | undefined {
  if (!row) return undefined;
  return { key: String(row['key']), value: String(row['value']), version: Number(row['version']) };
}
