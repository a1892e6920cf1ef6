import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AuditEntry, brokenAt } from '../../../cli/audit/entry.ts';
import { addEntry, auditFile, readEntries } from '../../../cli/audit/log.ts';
import { openTrail } from '../../../cli/audit/trail.ts';

const entry: AuditEntry = {
  at: '2026-01-01T00:00:00.000Z',
  actor: 'root on host1',
  door: 'host',
  command: 'stop',
  sites: ['app'],
  what: ['stop'],
  result: 'done',
};
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-audit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('is empty at first, and then has what was added, for its owner alone', async () => {
  const made = join(folder, 'made', 'when it is needed');
  expect(await readEntries(made)).toEqual([]);
  expect(await addEntry(made, entry)).toBe(1);
  expect(await addEntry(made, { ...entry, command: 'start' })).toBe(2);
  const entries = await readEntries(made);
  expect(entries.map(({ text }) => JSON.parse(text))).toEqual([entry, { ...entry, command: 'start' }]);
  expect((await stat(auditFile(made))).mode & 0o777).toBe(0o600);
});

it('keeps every entry of many that are added at once, in one chain', async () => {
  const numbers = await Promise.all(Array.from({ length: 40 }, () => addEntry(folder, entry)));
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(brokenAt(await readEntries(folder))).toBeUndefined();
});

it('only grows', async () => {
  await addEntry(folder, entry);
  const database = new DatabaseSync(auditFile(folder));
  for (const statement of ["UPDATE entries SET text = 'x'", 'DELETE FROM entries'])
    expect(() => database.exec(statement)).toThrow(/only grows/);
  database.exec('DROP TRIGGER nothing_changes');
  database.exec("UPDATE entries SET text = 'x'");
  database.close();
  expect(brokenAt(await readEntries(folder))).toBe(1);
});

it('that cannot be written is told, and stops nothing', async () => {
  const warned: string[] = [];
  await writeFile(join(folder, 'file'), '');
  const trail = openTrail({ actor: 'me', door: 'host' }, 'stop', {
    place: async () => join(folder, 'file'),
    warn: (line) => void warned.push(line),
  });
  await trail.act({ sites: ['app'], what: 'stop' });
  await trail.end('done');
  expect(warned[0]).toMatch(/^warning: this is not in the audit log/);
});

it('has the beginning of what never ended', async () => {
  const place = async () => folder;
  const trail = openTrail({ actor: 'me', door: 'host' }, 'stop', { place, warn: () => {} });
  await trail.act({ sites: ['app'], what: 'stop' });
  const [begun] = await readEntries(folder);
  expect(JSON.parse(begun?.text ?? '')).toMatchObject({ command: 'stop', sites: ['app'], result: 'begun' });
});
