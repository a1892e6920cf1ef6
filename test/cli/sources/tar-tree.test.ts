import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { extract, type Header, pack } from 'tar-stream';
import { afterEach, describe, expect, it } from 'vitest';
import { type TarTree, tarTree } from '../../../cli/sources/tar-tree.ts';

interface Entry {
  header: Partial<Header> & { name: string };
  content?: string | Buffer;
}

async function tarOf(...entries: Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const { header, content } of entries) packed.entry(header, content ?? '');
  packed.finalize();
  return buffer(Readable.from(packed));
}

const file = (name: string, content: string | Buffer = name): Entry => ({ header: { name }, content });
const input = (tar: Buffer) => Readable.from([tar], { objectMode: false });

/** The headers within a tree's tar. */
async function listed(tree: TarTree): Promise<Header[]> {
  const entries = extract();
  (await tree.tar()).pipe(entries);
  const headers: Header[] = [];
  for await (const entry of entries) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

const spooled = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('octohost-tar-'));

describe('tarTree', () => {
  const open: TarTree[] = [];
  const treeOf = async (tar: Buffer) => {
    const tree = await tarTree(input(tar));
    open.push(tree);
    return tree;
  };
  afterEach(async () => {
    for (const tree of open.splice(0)) await tree.close();
  });

  it.each([
    { form: 'plain', pass: (tar: Buffer) => tar },
    { form: 'gzipped', pass: (tar: Buffer) => gzipSync(tar) },
  ])('reads a $form tar by name and gives it whole, more than once', async ({ pass }) => {
    const tree = await treeOf(pass(await tarOf(file('./Dockerfile', 'FROM scratch'), file('src/a.txt'))));
    expect((await tree.read('Dockerfile'))?.toString()).toBe('FROM scratch');
    expect((await tree.read('./src//a.txt'))?.toString()).toBe('src/a.txt');
    expect(await tree.read('src')).toBeUndefined();
    expect(await tree.read('nowhere')).toBeUndefined();
    for (const _ of [1, 2])
      expect((await listed(tree)).map(({ name }) => name)).toEqual(['Dockerfile', 'src/a.txt']);
  });

  it('keeps links, modes and long names, and forgets owners and the top folder', async () => {
    const long = `${'deep/'.repeat(40)}file.txt`;
    const tree = await treeOf(
      await tarOf(
        { header: { name: './', type: 'directory' } },
        {
          header: { name: 'run.sh', mode: 0o755, uid: 1234, gid: 1234, uname: 'alice' },
          content: '#!/bin/sh',
        },
        { header: { name: 'current', type: 'symlink', linkname: '/etc/passwd' } },
        { header: { name: 'again', type: 'link', linkname: './run.sh' } },
        file(long),
      ),
    );
    expect(await listed(tree)).toMatchObject([
      { name: 'run.sh', mode: 0o755, uid: 0, gid: 0, uname: '' },
      { name: 'current', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'again', type: 'link', linkname: 'run.sh' },
      { name: long },
    ]);
    expect(await tree.read('current')).toBeUndefined();
  });

  it('gives the last of two entries of one name', async () => {
    const tree = await treeOf(await tarOf(file('a', 'first'), file('a', 'second')));
    expect((await tree.read('a'))?.toString()).toBe('second');
  });

  it.each([
    { what: 'an absolute path', entries: [file('/etc/cron.d/x')] },
    { what: 'a path that climbs out', entries: [file('a'), file('b/../../x')] },
    {
      what: 'a hard link that leads out',
      entries: [{ header: { name: 'x', type: 'link', linkname: '../y' } }],
    },
    { what: 'a device', entries: [{ header: { name: 'sda', type: 'block-device' } }] },
    { what: 'a pipe', entries: [{ header: { name: 'p', type: 'fifo' } }] },
    { what: 'nothing but the top folder', entries: [{ header: { name: './', type: 'directory' } }] },
  ] as { what: string; entries: Entry[] }[])('refuses $what', async ({ entries }) => {
    await expect(tarTree(input(await tarOf(...entries)))).rejects.toMatchObject({ code: 'E_SOURCE_TAR' });
  });

  it.each([
    { what: 'no byte', bytes: Buffer.alloc(0) },
    { what: 'one byte', bytes: Buffer.from('x') },
    { what: 'a text', bytes: Buffer.from('FROM scratch\n'.repeat(100)) },
    { what: 'a broken gzip', bytes: gzipSync('x'.repeat(5000)).subarray(0, 20) },
  ])('refuses $what', async ({ bytes }) => {
    await expect(tarTree(input(bytes))).rejects.toMatchObject({ code: 'E_SOURCE_TAR' });
  });

  it('refuses one that becomes larger than it may, and takes in no more of it', async () => {
    const small = gzipSync(
      await tarOf(...Array.from({ length: 30 }, (_, at) => file(`${at}`, Buffer.alloc(1024 * 1024)))),
    );
    expect(small.length).toBeLessThan(100_000);
    const refused = tarTree(input(small), 3);
    await expect(refused).rejects.toMatchObject({
      code: 'E_SOURCE_TAR',
      message: expect.stringContaining('larger than 3 MB'),
    });
    await (await tarTree(input(small), 40)).close();
  });

  it('refuses a tar that was cut off', async () => {
    const whole = await tarOf(file('a', Buffer.alloc(200_000, 1)), file('b'));
    await expect(tarTree(input(whole.subarray(0, 100_000)))).rejects.toMatchObject({ code: 'E_SOURCE_TAR' });
  });

  it('refuses to read a file above 1 MiB, and still gives it in the tar', async () => {
    const tree = await treeOf(await tarOf(file('big', Buffer.alloc(1024 * 1024 + 1)), file('small')));
    await expect(tree.read('big')).rejects.toMatchObject({ code: 'E_SOURCE_FILE_SIZE' });
    expect(await listed(tree)).toMatchObject([{ size: 1024 * 1024 + 1 }, { name: 'small' }]);
  });

  it('refuses to read outside', async () => {
    const tree = await treeOf(await tarOf(file('a')));
    for (const path of ['../a', '/a', 'b/../../a'])
      await expect(tree.read(path)).rejects.toMatchObject({ code: 'E_SOURCE_PATH' });
  });

  it('leaves no file behind, not even while it is open', async () => {
    const before = await spooled();
    const tree = await treeOf(await tarOf(file('a')));
    expect(await spooled()).toEqual(before);
    expect((await tree.read('a'))?.toString()).toBe('a');
  });

  it('bears a reader that goes away in the middle', async () => {
    const tree = await treeOf(await tarOf(file('a', Buffer.alloc(500_000)), file('b')));
    const abandoned = await tree.tar();
    await once(abandoned, 'data');
    abandoned.destroy();
    expect((await tree.read('b'))?.toString()).toBe('b');
  });
});
