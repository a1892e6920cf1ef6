import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../core/index.ts';
import { embeddedStore } from '../../../plugins/embedded-store/index.ts';
import { makeFolder, openStore } from './folder.ts';

let folder: Awaited<ReturnType<typeof makeFolder>>;
const opened: Store[] = [];

beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await folder.dispose();
});

function open(dataDir = folder.path, file?: string): Store {
  const store = openStore(dataDir, file);
  opened.push(store);
  return store;
}

const write = (store: Store) => store.transact([{ kind: 'set', key: 'octohost/app/KEY', value: 'secret' }]);
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe('the file of the embedded store', () => {
  it('is store.sqlite in the data folder, and only its user can read it and the files beside it', async () => {
    const dataDir = join(folder.path, 'made', 'by-it');
    await write(open(dataDir));
    const files = await readdir(dataDir);
    expect(files.toSorted()).toEqual(['store.sqlite', 'store.sqlite-shm', 'store.sqlite-wal']);
    expect(await Promise.all(files.map((file) => modeOf(join(dataDir, file))))).toEqual([
      '600',
      '600',
      '600',
    ]);
    expect(await modeOf(dataDir)).toBe('700');
  });

  it('is made private again when somebody opened it to others', async () => {
    await write(open());
    await opened.splice(0)[0]?.close();
    const file = join(folder.path, 'store.sqlite');
    await chmod(file, 0o644);
    await write(open());
    expect(await modeOf(file)).toBe('600');
  });

  it('is where the option says, below the data folder or absolute', async () => {
    await write(open(folder.path, 'state/my.db'));
    await write(open('/nowhere', join(folder.path, 'absolute.db')));
    expect(await readdir(folder.path)).toEqual(expect.arrayContaining(['state', 'absolute.db']));
  });

  it('is not made before the store is used', async () => {
    const store = open();
    await store.close();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('is durable: in WAL with every transaction synced, and with its schema version', async () => {
    await write(open());
    const database = new DatabaseSync(join(folder.path, 'store.sqlite'));
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    database.close();
  });

  it('refuses a file of a newer octohost and leaves it as it is', async () => {
    const file = join(folder.path, 'store.sqlite');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 2; CREATE TABLE later (x)');
    database.close();
    const before = await readFile(file);
    await expect(open().get('octohost/app/KEY')).rejects.toMatchObject({ code: 'E_STORE_NEWER' });
    await expect(write(open())).rejects.toMatchObject({ code: 'E_STORE_NEWER' });
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it.each([
    {
      what: 'no database',
      hint: 'restore a backup',
      make: (file: string) => writeFile(file, 'no database. '.repeat(500)),
    },
    { what: 'a folder', hint: 'id -un', make: (file: string) => mkdir(file) },
  ])('explains a file that is $what', async ({ make, hint }) => {
    const file = join(folder.path, 'store.sqlite');
    await make(file);
    await expect(open().list('octohost/')).rejects.toMatchObject({
      code: 'E_STORE_FAILED',
      message: expect.stringContaining(file),
      hint: expect.stringContaining(hint),
    });
  });

  it('is opened by the next call once what was wrong with it is repaired', async () => {
    const file = join(folder.path, 'store.sqlite');
    await writeFile(file, 'no database. '.repeat(500));
    const store = open();
    await expect(write(store)).rejects.toMatchObject({ code: 'E_STORE_FAILED' });
    await writeFile(file, '');
    await expect(write(store)).resolves.toMatchObject({ done: true });
  });

  it('tells a use after close as an error of its own', async () => {
    const store = open();
    await write(store);
    await store.close();
    await expect(store.list('')).rejects.toMatchObject({ code: 'E_STORE_CLOSED' });
  });

  it('ends a watch when it is closed', async () => {
    const store = open();
    await write(store);
    const iterator = store.watch('octohost/', new AbortController().signal)[Symbol.asyncIterator]();
    const next = iterator.next();
    await store.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe('embeddedStore', () => {
  it.each([
    { what: 'an unknown option', options: { path: 'x' } },
    { what: 'an empty file name', options: { file: '' } },
    { what: 'a file that is no text', options: { file: 7 } },
  ])('refuses $what', ({ options }) => {
    expect(() => embeddedStore(options as never)).toThrow(
      expect.objectContaining({ code: 'E_STORE_OPTIONS' }),
    );
  });
});
