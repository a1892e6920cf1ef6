/** The file of the audit log: entries are added, and that is all that can be done to them. */
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type AuditEntry, hashAfter, type KeptEntry, noHash } from './entry.ts';

/** How long an entry waits for those of other processes. */
const busyTimeoutMs = 10_000;

const schema = `
  CREATE TABLE IF NOT EXISTS entries (
    number INTEGER NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS nothing_changes BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
  CREATE TRIGGER IF NOT EXISTS nothing_goes BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
`;

export function auditFile(dataDir: string): string {
  return join(dataDir, 'audit.db');
}

/** Adds an entry, on disk when it returns; returns its number. */
export async function addEntry(dataDir: string, entry: AuditEntry): Promise<number> {
  const database = await openFile(auditFile(dataDir));
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec(schema);
    const last = database.prepare('SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1').get();
    const number = Number(last?.['number'] ?? 0) + 1;
    const text = JSON.stringify(entry);
    const hash = hashAfter(String(last?.['hash'] ?? noHash), text);
    database.prepare('INSERT INTO entries (number, text, hash) VALUES (?, ?, ?)').run(number, text, hash);
    database.exec('COMMIT');
    return number;
  } finally {
    database.close();
  }
}

/** Every entry, oldest first; none where nothing was ever recorded. */
export async function readEntries(dataDir: string): Promise<KeptEntry[]> {
  const database = await openFile(auditFile(dataDir));
  try {
    database.exec(schema);
    const rows = database.prepare('SELECT number, text, hash FROM entries ORDER BY number').all();
    return rows.map(({ number, text, hash }) => ({
      number: Number(number),
      text: String(text),
      hash: String(hash),
    }));
  } finally {
    database.close();
  }
}

async function openFile(file: string): Promise<DatabaseSync> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // What sqlite would make were readable by others.
  await open(file, 'a', 0o600).then((made) => made.close());
  const { DatabaseSync } = await import('node:sqlite');
  return new DatabaseSync(file, { timeout: busyTimeoutMs });
}
