/** Every public name is documented; every function, constant and class of it is shown at work by code that runs. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../../core/index.ts';
import { type CodeFolder, codeFolder, typescriptBlocks } from '../helpers/code-blocks.ts';
import { publicNames } from '../helpers/public-api.ts';

const page = readFileSync(new URL('../../plugins/API.md', import.meta.url), 'utf8');
const blocks = typescriptBlocks(page);
const titles = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title as string);
const names = publicNames();
let code: CodeFolder;
beforeAll(async () => {
  code = await codeFolder(blocks);
});
afterAll(() => code.dispose());

describe('the public API', () => {
  it('is read whole: every value that the module has, and no name twice', () => {
    const values = names.filter(({ kind }) => kind === 'value').map(({ name }) => name);
    expect(values.toSorted()).toEqual(Object.keys(api).toSorted());
    expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
  });

  it('has a docstring for every name', () => {
    const without = names.filter(({ documented }) => !documented);
    expect(without.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });

  it('is imported and used on its page, every value of it', () => {
    const shown = blocks.flatMap((block) => {
      const [, list = ''] = /import \{([^}]*)\} from 'octohost';/.exec(block) ?? [];
      const rest = block.replaceAll(/import [^;]*;/g, '').replaceAll(/\/\/.*$/gm, '');
      return list
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && new RegExp(`\\b${name}\\b`).test(rest));
    });
    const missing = Object.keys(api).filter((name) => !shown.includes(name));
    expect(missing).toEqual([]);
  });
});

describe('the code of the page', () => {
  it('compiles', async () => {
    expect(await code.compile()).toEqual([]);
  });

  it.each(titles.map((title, index) => ({ title, index })))(
    'does what it says: $title',
    async ({ index }) => {
      expect(blocks[index]).toContain('assert.');
      await import(code.files[index] as string);
    },
  );
});
