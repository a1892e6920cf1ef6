import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blobAt, gitTree } from '../../../cli/door/git-tree.ts';
import { parseRevision, type Revision, type Tree } from '../../../core/index.ts';

let dir: string;
let revision: Revision;
let tree: Tree;
const git = (...words: string[]) =>
  execFileSync('git', ['-C', dir, '-c', 'user.name=T', '-c', 'user.email=t@localhost', ...words], {
    encoding: 'utf8',
  }).trim();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'octo-tree-'));
  git('init', '-q');
  mkdirSync(join(dir, 'sub'));
  writeFileSync(join(dir, 'Dockerfile'), 'FROM scratch\n');
  writeFileSync(join(dir, 'sub', 'file'), 'inside');
  symlinkSync('/etc/passwd', join(dir, 'link'));
  git('add', '.');
  git('commit', '-qm', 'x');
  revision = parseRevision(git('rev-parse', 'HEAD'));
  tree = await gitTree(join(dir, '.git'), revision, {});
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a pushed revision', () => {
  it('has the id of its tree', () => {
    expect(tree.id).toBe(git('rev-parse', 'HEAD^{tree}'));
  });

  it.each([
    ['Dockerfile', 'FROM scratch\n'],
    ['sub/file', 'inside'],
    ['sub', undefined],
    ['nowhere', undefined],
    ['link', undefined],
    ['../outside', undefined],
  ])('read of %s gives %j', async (path, content) => {
    expect((await tree.read(path).catch(() => undefined))?.toString()).toBe(content);
  });

  it('does not give a file of more than 1 MiB', async () => {
    writeFileSync(join(dir, 'large'), Buffer.alloc(1024 * 1024 + 1));
    git('add', '.');
    git('commit', '-qm', 'large');
    const large = await gitTree(join(dir, '.git'), parseRevision(git('rev-parse', 'HEAD')), {});
    await expect(large.read('large')).rejects.toMatchObject({ code: 'E_GIT' });
  });

  it('is streamed whole, even to who begins to read only after git has ended', async () => {
    const early = await buffer(await tree.tar());
    const stream = await tree.tar();
    // git needs a few milliseconds; whoever reads loads a library first.
    await sleep(200);
    expect((await buffer(stream)).length).toBe(early.length);
  });

  it.each([
    ['CNAME', '100644 blob abc\tCNAME\0', 'abc'],
    ['CNAME', '100644 blob def\t--\0', undefined],
    ['CNAME', ['100644 blob def\t--', '100755 blob abc\tCNAME', ''].join('\0'), 'abc'],
    ['CNAME', '120000 blob abc\tCNAME\0', undefined],
    ['CNAME', '', undefined],
  ])('has the file %s in %j as %s', (path, listing, id) => {
    expect(blobAt(path, listing)).toBe(id);
  });

  it('with a file named -- has it under that name alone', async () => {
    writeFileSync(join(dir, '--'), 'evil.test');
    git('add', '.');
    git('commit', '-qm', 'dashes');
    const odd = await gitTree(join(dir, '.git'), parseRevision(git('rev-parse', 'HEAD')), {});
    expect(await odd.read('CNAME')).toBeUndefined();
  });

  it('that does not exist is an error, not an empty tar', async () => {
    await expect(gitTree(join(dir, '.git'), parseRevision('1'.repeat(40)), {})).rejects.toThrow();
  });
});
