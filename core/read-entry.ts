/** An entry of the store as the record that it holds. */
import { errors } from './error-catalogue.ts';
import { type RecordKind, readRecord, Unreadable } from './records.ts';
import type { StoreEntry } from './roles.ts';

/** @throws E_STATE where it is none of its kind */
export function readEntry<Kind extends RecordKind>(kind: Kind, entry: StoreEntry) {
  const record = readRecord(kind, entry.value);
  if (record instanceof Unreadable) throw errors.E_STATE({ key: entry.key, problem: record.problem });
  return record;
}

/** The record, or nothing: for lists of which one bad entry must not hide the others. */
export function readableEntry<Kind extends RecordKind>(kind: Kind, entry: StoreEntry) {
  const record = readRecord(kind, entry.value);
  return record instanceof Unreadable ? [] : [record];
}
