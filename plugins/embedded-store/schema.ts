/** The tables of the store and their version. */
import type { DatabaseSync } from 'node:sqlite';
import { errors } from './errors.ts';

export const schemaVersion = 1;

// The version stands before the value: a watch reads it without reading through long values.
const tables = `
  CREATE TABLE entries (
    key TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE counter (version INTEGER NOT NULL) STRICT;
  INSERT INTO counter (version) VALUES (0);
`;

/** Makes the tables in a new file. Throws E_STORE_NEWER and leaves the file as it is when it is a newer octohost's. */
export function prepareSchema(database: DatabaseSync, file: string): void {
  const found = versionOf(database);
  if (found > schemaVersion) throw errors.E_STORE_NEWER({ file, found, known: schemaVersion });
  database.exec('PRAGMA journal_mode = WAL');
  // Durable when a transaction returns: pointers and releases are written here.
  database.exec('PRAGMA synchronous = FULL');
  if (found === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have made them in the meantime.
    if (versionOf(database) === 0) {
      database.exec(tables);
      database.exec(`PRAGMA user_version = ${schemaVersion}`);
    }
    database.exec('COMMIT');
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}
