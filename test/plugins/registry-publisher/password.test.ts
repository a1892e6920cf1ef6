import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCredentials } from '../../../plugins/registry-publisher/password.ts';

const registry = 'reg:5000';

describe('The credentials of a push', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'password-'));
    file = join(folder, 'password');
    await writeFile(file, 'from the file \n');
    await writeFile(join(folder, 'empty'), '\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are empty where the registry asks for none', async () => {
    expect(await readCredentials({ registry }, { OCTO_REGISTRY_PASSWORD: 'x' })).toEqual({});
  });

  it('come from the environment', async () => {
    expect(await readCredentials({ registry, username: 'u' }, { OCTO_REGISTRY_PASSWORD: 'x' })).toEqual({
      username: 'u',
      password: 'x',
      serveraddress: registry,
    });
  });

  it('come from the file first, without its line end', async () => {
    const options = { registry, username: 'u', passwordFile: file };
    expect(await readCredentials(options, { OCTO_REGISTRY_PASSWORD: 'x' })).toMatchObject({
      password: 'from the file ',
    });
  });

  it.each([
    { name: 'no password anywhere', passwordFile: undefined },
    { name: 'a file that is not there', passwordFile: 'none' },
    { name: 'an empty file', passwordFile: 'empty' },
  ])('are refused with $name', async ({ passwordFile }) => {
    const options = { registry, username: 'u', passwordFile: passwordFile && join(folder, passwordFile) };
    await expect(readCredentials(options, {})).rejects.toMatchObject({ code: 'E_REGISTRY_PASSWORD' });
  });
});
