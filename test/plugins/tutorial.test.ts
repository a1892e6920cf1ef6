/** The code of the tutorial compiles, and its own test runs here. */
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { codeFolder, typescriptBlocks } from '../helpers/code-blocks.ts';

const text = readFileSync(new URL('../../plugins/TUTORIAL.md', import.meta.url), 'utf8');
const code = await codeFolder(typescriptBlocks(text));
afterAll(() => code.dispose());

it('the code of the tutorial compiles', async () => {
  expect(await code.compile()).toEqual([]);
});

describe('the test of the tutorial', async () => {
  await import(code.files.find((file) => file.endsWith('.test.ts')) ?? '');
});

it('the configuration of the tutorial has the plugin, under the API that it names', async () => {
  const config = await import(code.files.find((file) => file.endsWith('octohost.config.ts')) ?? '');
  expect(config.default.plugins.map(({ name }: { name: string }) => name)).toEqual(['smoke']);
});
