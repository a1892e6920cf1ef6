/** What the guide of the test kit shows compiles, and does what it says. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CodeFolder, codeFolder, typescriptBlocks } from '../helpers/code-blocks.ts';

const guide = readFileSync(new URL('README.md', import.meta.url), 'utf8');
let code: CodeFolder;
beforeAll(async () => {
  code = await codeFolder(typescriptBlocks(guide));
});
afterAll(() => code.dispose());

const block = async (exported: string) => {
  const blocks = typescriptBlocks(guide);
  const index = blocks.findIndex((text) => text.includes(exported));
  return import(code.files[index] as string);
};

it('compiles', async () => {
  expect(await code.compile()).toEqual([]);
});

it('shows a plugin in a whole engine', async () => {
  const { deployed } = await block('deployed');
  expect(await deployed()).toEqual({
    hooks: ['received', 'built', 'started', 'registered', 'routed', 'published', 'settled'],
    tags: expect.arrayContaining(['blue']),
    body: 'app release 1\n',
    told: expect.not.arrayContaining([expect.stringMatching(/^warning/)]),
  });
});

it('shows latency and faults', async () => {
  const { slowStore, brokenRegistrar } = await block('slowStore');
  const store = slowStore();
  expect(await store.transact([])).toMatchObject({ done: true });
  const registrar = brokenRegistrar();
  await expect(registrar.register({})).rejects.toThrow('the first call fails');
  await expect(registrar.deregister('x')).rejects.toThrow('the answer is lost');
});

it('shows what a suite finds out', async () => {
  const { faultsOfMyRouter } = await block('faultsOfMyRouter');
  expect((await faultsOfMyRouter()).map(({ check }: { check: string }) => check)).toEqual([
    'says that it serves, before it was given routes and after',
  ]);
});
