import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKeys } from '../../core/sealing.ts';
import { secretKeyFile } from '../../core/secret-key-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-keys-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('is made at the first need, for its owner alone, and stays the same', async () => {
  const file = secretKeyFile(join(folder, 'data'));
  expect(await file.read()).toBeUndefined();
  const keys = await file.readOrCreate();
  expect((await stat(file.path)).mode & 0o777).toBe(0o600);
  expect(await file.readOrCreate()).toEqual(keys);
  expect(await file.read()).toEqual(keys);
});

it('has the same keys for all that make it at once', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => secretKeyFile(folder).readOrCreate()));
  expect(new Set(all.map(({ current }) => current.id)).size).toBe(1);
  expect(await readdir(folder)).toEqual(['secrets.key']);
});

it('is written whole, again for its owner alone', async () => {
  const file = secretKeyFile(folder);
  await file.readOrCreate();
  const others = createKeys();
  await file.write(others);
  expect(await file.read()).toEqual(others);
  expect((await stat(file.path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['secrets.key']);
});

it('is refused where others can read it, and where it is none', async () => {
  const file = secretKeyFile(folder);
  await file.readOrCreate();
  await chmod(file.path, 0o640);
  await expect(file.read()).rejects.toMatchObject({ code: 'E_SECRET_FILE' });
  await chmod(file.path, 0o600);
  await writeFile(file.path, '{}');
  await expect(file.readOrCreate()).rejects.toMatchObject({ code: 'E_SECRET_FILE' });
});
