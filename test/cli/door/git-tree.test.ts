import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRevision, type Revision, type Tree } from '../../../core/index.ts';
import { createScratch, openTree, type Scratch } from './scratch.ts';

let scratch: Scratch;
let repository: string;
beforeAll(() => {
  scratch = createScratch();
  repository = scratch.init('app.git');
});
afterAll(() => scratch.remove());

/** A commit of entries that no file system needs to hold. */
function commitOf(...entries: { mode?: string; path: string | Buffer; content: string }[]): Revision {
  const lines = entries.map(({ mode = '100644', path, content }) => {
    const id = scratch.git(repository, ['hash-object', '-w', '--stdin'], content);
    return Buffer.concat([Buffer.from(`${mode} ${id}\t`), Buffer.from(path), Buffer.from('\0')]);
  });
  scratch.git(repository, ['read-tree', '--empty']);
  scratch.git(repository, ['update-index', '-z', '--index-info'], Buffer.concat(lines));
  const tree = scratch.git(repository, ['write-tree']);
  return parseRevision(scratch.git(repository, ['commit-tree', '-m', 'x', tree]));
}

describe('a pushed revision', () => {
  let tree: Tree;
  let remarks: string[];
  let revision: Revision;
  beforeAll(async () => {
    revision = commitOf(
      { path: 'Dockerfile', content: 'FROM scratch\n' },
      { path: 'sub/file', content: 'inside' },
      { path: 'large', content: 'x'.repeat(1024 * 1024 + 1) },
      { path: 'link', mode: '120000', content: '/etc/passwd' },
    );
    ({ tree, remarks } = await openTree(repository, revision));
  });

  it('has the id of its tree', () => {
    expect(tree.id).toBe(scratch.git(repository, ['rev-parse', `${revision}^{tree}`]));
  });

  it('is asked for a file by git once', async () => {
    expect(await tree.read('Dockerfile')).toBe(await tree.read('Dockerfile'));
  });

  it.each([
    ['Dockerfile', 'FROM scratch\n'],
    ['sub/file', 'inside'],
    ['sub', undefined],
    ['nowhere', undefined],
    ['../outside', undefined],
    ['./Dockerfile', undefined],
    ['*ockerfile', undefined],
    [':(glob)*', undefined],
    ['', undefined],
  ])('read of %j gives %j', async (path, content) => {
    expect((await tree.read(path))?.toString()).toBe(content);
  });

  it('does not follow a symbolic link, and says so where it is to be read', async () => {
    remarks.length = 0;
    expect(await tree.read('link')).toBeUndefined();
    await tree.read('link');
    expect(remarks).toEqual([expect.stringMatching(/^link is a symbolic link/)]);
  });

  it('does not give a file of more than 1 MiB', async () => {
    await expect(tree.read('large')).rejects.toMatchObject({ code: 'E_GIT' });
  });

  it('is streamed whole, even to who begins to read only after git has ended', async () => {
    const early = await buffer(await tree.tar());
    const stream = await tree.tar();
    // git needs a few milliseconds; whoever reads loads a library first.
    await sleep(200);
    expect((await buffer(stream)).length).toBe(early.length);
  });

  it('that does not exist is an error, not an empty tar', async () => {
    await expect(openTree(repository, parseRevision('1'.repeat(40)))).rejects.toMatchObject({
      code: 'E_GIT',
    });
  });
});

describe('names that are odd', () => {
  const deep = `${'folder-of-twenty-char/'.repeat(50)}file`;
  const odd = [
    'new\nline',
    'tab\there',
    '"quotes" and \'quotes\'',
    'back\\slash',
    '-rf',
    '--',
    '--exec=touch canary',
    ':(glob)**',
    ':!x',
    '*',
    ' ',
    '$(touch canary)',
    'ümläut',
    'x'.repeat(255),
    deep,
  ];
  const binary = Buffer.from([0x6e, 0xff, 0xfe, 0x80]);
  const paths = [...odd.map((path) => Buffer.from(path)), binary];
  let tree: Tree;
  beforeAll(async () => {
    ({ tree } = await openTree(
      repository,
      commitOf(...paths.map((path) => ({ path, content: `of ${path.toString('hex')}` }))),
    ));
  });

  it('all reach the build as they are', async () => {
    const folder = mkdtempSync(join(scratch.dir, 'odd-'));
    execFileSync('tar', ['-x', '-C', folder], { input: await buffer(await tree.tar()) });
    const found = execFileSync('find', ['.', '-type', 'f', '-print0'], { cwd: folder, encoding: 'latin1' });
    const written = found.split('\0').filter((name) => name !== '');
    expect(written.map((name) => name.slice('./'.length)).toSorted()).toEqual(
      paths.map((path) => path.toString('latin1')).toSorted(),
    );
    expect(readFileSync(Buffer.concat([Buffer.from(`${folder}/`), binary])).toString()).toBe(
      `of ${binary.toString('hex')}`,
    );
  });

  it.each(odd)('%j is read under that name alone', async (path) => {
    expect((await tree.read(path))?.toString()).toBe(`of ${Buffer.from(path).toString('hex')}`);
  });

  it('are no pattern for other files', async () => {
    const { tree: other } = await openTree(repository, commitOf({ path: '--', content: 'evil.test' }));
    expect(await other.read('CNAME')).toBeUndefined();
    expect(existsSync('canary')).toBe(false);
  });
});

it('links out of the tree stay links in the tar', async () => {
  const { tree } = await openTree(
    repository,
    commitOf({ path: 'out', mode: '120000', content: '../../../etc/passwd' }),
  );
  const folder = join(scratch.dir, 'links');
  mkdirSync(folder);
  execFileSync('tar', ['-x', '-C', folder], { input: await buffer(await tree.tar()) });
  expect(readlinkSync(join(folder, 'out'))).toBe('../../../etc/passwd');
});

/** The files of a tar by name. */
async function filesIn(tar: NodeJS.ReadableStream): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const entries = extract();
  tar.pipe(entries);
  for await (const entry of entries) {
    const content = await buffer(entry);
    if (entry.header.type === 'file') files[entry.header.name] = content.toString();
  }
  return files;
}

describe('attributes of the tree', () => {
  it('are heeded as in an export', async () => {
    const { tree } = await openTree(
      repository,
      commitOf(
        { path: '.gitattributes', content: 'secret export-ignore\nwindows.txt text eol=crlf\n' },
        { path: 'secret', content: 'x' },
        { path: 'windows.txt', content: 'a\nb\n' },
      ),
    );
    const files = await filesIn(await tree.tar());
    expect(Object.keys(files)).toEqual(['.gitattributes', 'windows.txt']);
    expect(files['windows.txt']).toBe('a\r\nb\r\n');
  });

  it('that ask for filters are said; git-crypt gives what git keeps', async () => {
    const { remarks } = await openTree(
      repository,
      commitOf({ path: 'deep/.gitattributes', content: '# * filter=none\n*.key filter=git-crypt\n' }),
    );
    expect(remarks).toEqual([expect.stringMatching(/asks for the filter git-crypt; filters do not run/)]);
  });

  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12\n`;

  it('that ask for Git LFS are said with the number of pointers', async () => {
    const { remarks } = await openTree(
      repository,
      commitOf(
        { path: 'images/.gitattributes', content: '*.png filter=lfs diff=lfs merge=lfs -text\n' },
        { path: 'images/a.png', content: pointer },
        { path: 'images/b.png', content: pointer },
        { path: 'images/c.png', content: 'x'.repeat(200) },
      ),
    );
    expect(remarks).toEqual(['2 files are kept by Git LFS; the build gets the pointers, not the content.']);
  });

  it('that ask for Git LFS without a pointer are no matter', async () => {
    const { remarks } = await openTree(
      repository,
      commitOf({ path: '.gitattributes', content: '*.png filter=lfs\n' }),
    );
    expect(remarks).toEqual([]);
  });
});
