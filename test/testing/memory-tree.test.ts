import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { memoryTree } from './memory-tree.ts';

const files = { Dockerfile: 'FROM scratch\n', 'src/ü.txt': 'ä\n', empty: '' };

describe('memoryTree', () => {
  it('reads files by their path and has nothing else', async () => {
    const tree = memoryTree(files);
    expect((await tree.read('src/ü.txt'))?.toString()).toBe('ä\n');
    expect((await tree.read('empty'))?.length).toBe(0);
    for (const path of ['src', 'none', './Dockerfile', 'toString'])
      expect(await tree.read(path)).toBeUndefined();
  });

  it('refuses to read more than a mebibyte', async () => {
    const tree = memoryTree({ fits: 'x'.repeat(1024 * 1024), big: 'x'.repeat(1024 * 1024 + 1) });
    expect((await tree.read('fits'))?.length).toBe(1024 * 1024);
    await expect(tree.read('big')).rejects.toThrow('big');
  });

  it('is a tar with every file, new at each call', async () => {
    const tree = memoryTree(files);
    const [first, second] = [await buffer(await tree.tar()), await buffer(await tree.tar())];
    expect(first.equals(second)).toBe(true);
    const found: Record<string, string> = {};
    const unpacked = extract();
    unpacked.end(first);
    for await (const entry of unpacked) found[entry.header.name] = (await buffer(entry)).toString();
    expect(found).toEqual(files);
  });

  it('has the same id for the same content only', () => {
    const { id } = memoryTree(files);
    expect(memoryTree(Object.fromEntries(Object.entries(files).toReversed())).id).toBe(id);
    expect(memoryTree({ ...files, empty: ' ' }).id).not.toBe(id);
    expect(memoryTree({ Dockerfile: files.Dockerfile }).id).not.toBe(id);
  });
});
