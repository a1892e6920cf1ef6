/** Getting back what was pushed: clone, fetch, shallow and partial clones; and pushing from them. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';

const lab = gitLab();

/** A site with three commits. */
async function site(name: string) {
  const client = await lab.client();
  for (const text of ['one', 'two', 'three']) await client.commit(page(text));
  expect(await client.push(name, 'main')).toMatchObject({ code: 0 });
  return client;
}

async function clone(name: string, folder: string, ...words: string[]) {
  const from = await lab.client();
  const done = await from.git('clone', '-q', ...words, lab.url(name), lab.path(folder));
  expect(done, done.stderr).toMatchObject({ code: 0 });
  return lab.clientOf(lab.path(folder));
}

describe('a site', () => {
  it('is cloned with its branch checked out, and fetched from', async () => {
    const client = await site('whole');
    const cloned = await clone('whole', 'whole');
    expect(await readFile(`${cloned.path}/index.html`, 'utf8')).toBe('three');
    expect((await cloned.git('symbolic-ref', 'HEAD')).stdout).toBe('refs/heads/main\n');
    expect((await cloned.git('rev-list', '--count', 'HEAD')).stdout).toBe('3\n');
    const revision = await client.commit(page('four'));
    await client.push('whole', 'main', 'main:next');
    await cloned.git('fetch', '-q');
    expect(await cloned.revision('origin/main')).toBe(revision);
    expect(await cloned.revision('origin/next')).toBe(revision);
  });

  it('that only has the branch master is cloned with that one', async () => {
    const client = await lab.client();
    await client.commit(page('master'));
    await client.push('older', 'main:refs/heads/master');
    const cloned = await clone('older', 'older');
    expect(await readFile(`${cloned.path}/index.html`, 'utf8')).toBe('master');
  });

  it('is cloned shallow, deepened, and pushed to from there', async () => {
    await site('shallow');
    const cloned = await clone('shallow', 'shallow', '--depth=1');
    expect((await cloned.git('rev-list', '--count', 'HEAD')).stdout).toBe('1\n');
    await cloned.commit(page('from the shallow one'));
    const pushed = await cloned.push('shallow', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('shallow')).toBe('from the shallow one');
    expect(await cloned.git('fetch', '-q', '--unshallow')).toMatchObject({ code: 0 });
    expect((await cloned.git('rev-list', '--count', 'HEAD')).stdout).toBe('4\n');
  });

  it('is cloned in part, and what is missing comes later', async () => {
    await site('partial');
    const cloned = await clone('partial', 'partial', '--filter=blob:none');
    expect(await readFile(`${cloned.path}/index.html`, 'utf8')).toBe('three');
    expect((await cloned.git('show', 'HEAD~2:index.html')).stdout).toBe('one');
    expect((await cloned.git('config', 'remote.origin.promisor')).stdout).toBe('true\n');
  });

  it('is not archived: that would be another program', async () => {
    const client = await site('archived');
    const done = await client.git('archive', `--remote=${lab.url('archived')}`, 'main');
    expect(done.code).not.toBe(0);
    expect(done.stderr).toMatch(/^octohost: .*cannot be run over ssh/m);
  });
});

describe('a site that was never pushed', () => {
  it.each([['ls-remote'], ['clone', '-q'], ['fetch']])('%s says so, and leaves nothing', async (...words) => {
    const client = await lab.client();
    const done = await client.git(...words, lab.url('mistyped'));
    expect(done.code).not.toBe(0);
    expect(done.stderr).toContain('E_DOOR_EMPTY');
    expect(done.stderr).toContain('mistyped');
    expect((await lab.repositories()).filter((name) => name === 'mistyped' || name.startsWith('.'))).toEqual(
      [],
    );
  });
});

describe('a first push', () => {
  it('of a SHA-256 repository is refused by git itself, to a new site and to one that is there', async () => {
    await site('sha1');
    const client = await lab.client({ format: 'sha256' });
    await client.commit(page('sha256'));
    for (const name of ['sha256', 'sha1']) {
      const pushed = await client.push(name, 'main');
      expect(pushed.code).not.toBe(0);
      expect(pushed.stderr).toMatch(/hash algorithm|protocol error/);
    }
    expect(await lab.body('sha1')).toBe('three');
    expect((await lab.repositories()).filter((name) => name === 'sha256' || name.startsWith('.'))).toEqual(
      [],
    );
  });

  it('of a branch without a commit in common with anything is like any other', async () => {
    const client = await site('orphan');
    await client.git('checkout', '-q', '--orphan', 'alone');
    await client.commit(page('alone'));
    const pushed = await client.push('orphan', 'alone');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('orphan-alone')).toBe('alone');
  });
});
