import { readFile } from 'node:fs/promises';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { Builder, Tree } from '../../../core/index.ts';
import { staticSites } from '../../../plugins/static/index.ts';
import { dockerfileOf, pagePath } from '../../../plugins/static/site.ts';
import { staticTree } from '../../../plugins/static/tree.ts';
import { memoryTree } from '../../testing/memory-tree.ts';

async function filesOf(tree: Tree): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const entry of (await tree.tar()).pipe(extract() as never) as unknown as ReturnType<
    typeof extract
  >) {
    let text = '';
    for await (const piece of entry) text += String(piece);
    files[entry.header.name] = text;
  }
  return files;
}

const accepts = (files: Record<string, string>, options = {}) => {
  let builder: Builder | undefined;
  staticSites(options).setup({
    installation: { environment: {} },
    provide: (_role: string, given: Builder) => {
      builder = given;
    },
  } as never);
  return builder?.accepts({ kind: 'tree', tree: memoryTree(files) });
};

it.each([
  [{ 'index.html': '' }, {}, true],
  [{ 'index.html': '', Dockerfile: '' }, {}, false],
  [{ 'readme.html': '' }, {}, false],
  [{ 'index.html': '' }, { folder: 'public' }, false],
  [{ 'public/index.html': '' }, { folder: 'public' }, true],
])('%j with %j is accepted: %s', async (files, options, expected) => {
  expect(await accepts(files, options)).toBe(expected);
});

describe('the path of a page', () => {
  it.each([
    ['index.html', '', 'pages/index.html'],
    ['./a/b.css', '', 'pages/a/b.css'],
    ['.well-known/x', '', 'pages/.well-known/x'],
    ['.env', '', undefined],
    ['a/.git/config', '', undefined],
    ['CNAME', '', undefined],
    ['a/CNAME', '', 'pages/a/CNAME'],
    ['public/index.html', 'public', 'pages/index.html'],
    ['publicity/x', 'public', undefined],
    ['public/', 'public', undefined],
  ])('%s in %j is %s', (name, folder, expected) => {
    expect(pagePath(name, folder)).toBe(expected);
  });
});

it('what is built is the Dockerfile and the pages, the same each time', async () => {
  const pushed = memoryTree({ 'index.html': 'one', 'a/b.txt': 'two', '.env': 'secret', CNAME: 'a.b' });
  const tree = staticTree(pushed, dockerfileOf('busybox:1'));
  const expected = {
    Dockerfile: dockerfileOf('busybox:1'),
    'pages/index.html': 'one',
    'pages/a/b.txt': 'two',
  };
  expect(await filesOf(tree)).toEqual(expected);
  expect(await filesOf(tree)).toEqual(expected);
  expect(await tree.read('.dockerignore')).toBeUndefined();
});

it('a tree that breaks off breaks what is built', async () => {
  const broken = { ...memoryTree({}), tar: async () => Promise.reject(new Error('gone')) };
  await expect(staticTree(broken, '').tar()).rejects.toThrow('gone');
});

it.each([{ image: 'a b' }, { folder: '../x' }, { folder: '/x' }, { folder: '.git' }, { other: 1 }])(
  'the options %j are refused',
  (options) => {
    expect(() => staticSites(options as object)).toThrow(/plugin static are wrong/);
  },
);

it('the example of the README and its table are those of the code', async () => {
  const text = await readFile(new URL('../../../plugins/static/README.md', import.meta.url), 'utf8');
  expect(text).toContain("staticSites({ image: 'busybox:1' });");
  expect(staticSites({ image: 'busybox:1' }).name).toBe('static');
  for (const option of ['image', 'folder', 'engine', 'host', 'timeoutSeconds'])
    expect(text).toContain(`| \`${option}\``);
});
