import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../core/index.ts';
import { failureHint } from '../../../plugins/embedded-store/errors.ts';
import { maxKeyBytes, maxValueBytes, rangeOf } from '../../../plugins/shared/store-limits.ts';
import { makeFolder, openStore } from './folder.ts';

let folder: Awaited<ReturnType<typeof makeFolder>>;
let store: Store;

beforeEach(async () => {
  folder = await makeFolder();
  store = openStore(folder.path);
});
afterEach(async () => {
  await store.close();
  await folder.dispose();
});

describe('the limits of the embedded store', () => {
  it.each([
    { what: 'an empty key', key: '', value: 'x' },
    { what: 'a key of 513 bytes', key: `${'ä'.repeat(256)}b`, value: 'x' },
    { what: 'a key with a line end', key: 'octohost/a\nb', value: 'x' },
    { what: 'a key with a NUL', key: 'octohost/a\0', value: 'x' },
    { what: 'a key with an invisible character', key: 'octohost/a\u200b', value: 'x' },
    { what: 'a key with half a character', key: 'octohost/\ud800', value: 'x' },
    { what: 'a value of more than 512 KiB', key: 'octohost/a', value: 'v'.repeat(maxValueBytes + 1) },
    { what: 'a value with a NUL', key: 'octohost/a', value: 'a\0b' },
    { what: 'a value with half a character', key: 'octohost/a', value: 'a\udc00b' },
  ])('refuse $what, before anything of the transaction is written', async ({ key, value }) => {
    const refused = store.transact([
      { kind: 'set', key: 'octohost/first', value: 'x' },
      { kind: 'set', key, value },
    ]);
    await expect(refused).rejects.toMatchObject({ code: 'E_STORE_LIMIT' });
    expect(await store.list('')).toEqual([]);
  });

  it('let the longest key and the longest value through', async () => {
    const key = 'k'.repeat(maxKeyBytes);
    const value = 'v'.repeat(maxValueBytes);
    await store.transact([{ kind: 'set', key, value }]);
    expect(await store.get(key)).toMatchObject({ key, value });
  });

  it('name the key and never the value', async () => {
    const refused = store.transact([{ kind: 'set', key: 'octohost/app/PASSWORD', value: 'hunter2\0' }]);
    await expect(refused).rejects.toSatisfy(
      (error: Error) => error.message.includes('octohost/app/PASSWORD') && !error.message.includes('hunter2'),
    );
  });
});

describe('rangeOf', () => {
  it('holds exactly the keys with the prefix', () => {
    const { first, end } = rangeOf('a/');
    const isIn = (key: string) =>
      Buffer.compare(Buffer.from(key), Buffer.from(first)) >= 0 &&
      Buffer.compare(Buffer.from(key), Buffer.from(end)) < 0;
    expect(['a', 'a/', 'a/b', 'a/\u{1F600}', 'a0', 'a.', 'b/'].filter(isIn)).toEqual([
      'a/',
      'a/b',
      'a/\u{1F600}',
    ]);
  });
});

describe('failureHint', () => {
  it.each([
    { cause: { errcode: 5 }, why: 'another process holds it', hint: 'fuser' },
    { cause: { errcode: 261 }, why: 'another process recovers it', hint: 'fuser' },
    { cause: { errcode: 8 }, why: 'it is read-only', hint: 'id -un' },
    { cause: { errcode: 14 }, why: 'it cannot be opened', hint: 'id -un' },
    { cause: { code: 'EACCES' }, why: 'its folder is closed to us', hint: 'id -un' },
    { cause: { errcode: 13 }, why: 'the disk is full', hint: 'df -h' },
    { cause: { errcode: 778 }, why: 'a write failed', hint: 'df -h' },
    { cause: { code: 'ENOSPC' }, why: 'the disk has no room for the file', hint: 'df -h' },
    { cause: { errcode: 11 }, why: 'it is damaged', hint: 'backup' },
    { cause: { errcode: 26 }, why: 'it is no database', hint: 'backup' },
  ])('says what to do when $why', ({ cause, hint }) => {
    expect(failureHint('/data/store.sqlite', cause)).toContain(hint);
  });
});
