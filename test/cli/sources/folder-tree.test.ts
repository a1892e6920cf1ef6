import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderTree } from '../../../cli/sources/folder-tree.ts';
import { type Sample, sample } from '../sample.ts';

interface Listed extends Header {
  text: string;
}

async function listed(folder: string): Promise<Record<string, Listed>> {
  const entries = extract();
  (await (await folderTree(folder)).tar()).pipe(entries);
  const found: [string, Listed][] = [];
  for await (const entry of entries) {
    const text = (await buffer(entry)).toString();
    found.push([entry.header.name, { ...entry.header, text }]);
  }
  return Object.fromEntries(found);
}

describe('folderTree', () => {
  let site: Sample;
  beforeEach(async () => {
    site = await sample({ Dockerfile: 'FROM scratch\n', 'src/deep/a.txt': 'a', '.dockerignore': 'x' });
  });
  afterEach(() => site.dispose());

  it('reads files below the folder, and gives undefined for what is not a file', async () => {
    const tree = await folderTree(site.folder);
    expect((await tree.read('Dockerfile'))?.toString()).toBe('FROM scratch\n');
    expect((await tree.read('./src//deep/a.txt'))?.toString()).toBe('a');
    for (const path of ['src', 'gone', 'Dockerfile/x', '', '.'])
      expect(await tree.read(path), path).toBeUndefined();
  });

  it.each(['../Dockerfile', '/etc/passwd', 'src/../../x', 'a\0b'])('refuses to read %j', async (path) => {
    const tree = await folderTree(site.folder);
    await expect(tree.read(path)).rejects.toMatchObject({ code: 'E_SOURCE_PATH' });
  });

  it('follows no link, neither as the file nor on the way to it', async () => {
    await symlink('/etc/passwd', join(site.folder, 'CNAME'));
    await symlink('/etc', join(site.folder, 'etc'));
    const tree = await folderTree(site.folder);
    expect(await tree.read('CNAME')).toBeUndefined();
    expect(await tree.read('etc/passwd')).toBeUndefined();
  });

  it('refuses to read a file above 1 MiB', async () => {
    await site.write('big', '');
    await truncate(join(site.folder, 'big'), 1024 * 1024 + 1);
    await site.write('full', '');
    await truncate(join(site.folder, 'full'), 1024 * 1024);
    const tree = await folderTree(site.folder);
    await expect(tree.read('big')).rejects.toMatchObject({ code: 'E_SOURCE_FILE_SIZE' });
    expect(await tree.read('full')).toHaveLength(1024 * 1024);
  });

  it('packs all but .git, with links as links and without owners', async () => {
    await site.write('.git/config', 'secret');
    await site.write('module/.git', 'gitdir: ../.git');
    await site.write('.gitignore', 'x');
    await mkdir(join(site.folder, 'empty'));
    await symlink('/etc/passwd', join(site.folder, 'link'));
    const files = await listed(site.folder);
    expect(Object.keys(files).filter((name) => /(^|\/)\.git(\/|$)/.test(name))).toEqual([]);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['Dockerfile', '.dockerignore', '.gitignore', 'src/deep/a.txt', 'link']),
    );
    expect(files['link']).toMatchObject({ type: 'symlink', linkname: '/etc/passwd' });
    expect(files['empty'] ?? files['empty/']).toMatchObject({ type: 'directory' });
    expect(files['src/deep/a.txt']).toMatchObject({ text: 'a', uid: 0, gid: 0 });
  });

  it('leaves out sockets and pipes', async () => {
    execFileSync('mkfifo', [join(site.folder, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(site.folder, 'socket'), resolve));
    try {
      const names = Object.keys(await listed(site.folder));
      expect(names).toContain('Dockerfile');
      expect(names.filter((name) => ['pipe', 'socket'].includes(name))).toEqual([]);
      expect(await (await folderTree(site.folder)).read('pipe')).toBeUndefined();
    } finally {
      server.close();
    }
  });

  it('packs a folder named by a link', async () => {
    await symlink(site.folder, `${site.folder}-link`);
    try {
      expect(Object.keys(await listed(`${site.folder}-link`))).toContain('Dockerfile');
    } finally {
      execFileSync('rm', [`${site.folder}-link`]);
    }
  });

  it.each([
    { what: 'a missing folder', path: 'gone' },
    { what: 'a file', path: 'Dockerfile' },
  ])('refuses $what', async ({ path }) => {
    await expect(folderTree(join(site.folder, path))).rejects.toMatchObject({ code: 'E_SOURCE_FOLDER' });
  });
});
