import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { prepare } from '../../../plugins/embedded-store/open.ts';
import { prepareSchema } from '../../../plugins/embedded-store/schema.ts';
import { makeFolder } from './folder.ts';

let folder: Awaited<ReturnType<typeof makeFolder>>;
let file: string;
let database: DatabaseSync;

beforeEach(async () => {
  folder = await makeFolder();
  file = join(folder.path, 'store.sqlite');
  database = new DatabaseSync(file, { timeout: 1_000 });
});
afterEach(async () => {
  database.close();
  await folder.dispose();
});

const tables = () =>
  database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();

describe('opening a new file', () => {
  it('finds the tables that another process makes just after it looked', async () => {
    const other = new DatabaseSync(file, { timeout: 1_000 });
    const original = database.exec.bind(database);
    vi.spyOn(database, 'exec').mockImplementation((sql) => {
      if (sql === 'BEGIN IMMEDIATE') prepareSchema(other, file);
      original(sql);
    });
    await prepare(database, file);
    other.close();
    expect(tables()).toEqual([{ name: 'counter' }, { name: 'entries' }]);
    expect(database.prepare('SELECT version FROM counter').all()).toEqual([{ version: 0 }]);
  });

  it('asks again where sqlite gives up at once because two turn it to WAL', async () => {
    vi.spyOn(database, 'exec').mockImplementationOnce(() => {
      throw Object.assign(new Error('database is locked'), { errcode: 5 });
    });
    await prepare(database, file);
    expect(tables()).toHaveLength(2);
  });

  it('gives up at once on any other error', async () => {
    const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
    const exec = vi.spyOn(database, 'exec').mockImplementation(() => {
      throw full;
    });
    await expect(prepare(database, file)).rejects.toBe(full);
    expect(exec).toHaveBeenCalledOnce();
  });
});
