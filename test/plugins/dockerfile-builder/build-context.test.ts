import { Readable } from 'node:stream';
import { extract, pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import {
  type ContextRules,
  contextPath,
  filterContext,
} from '../../../plugins/dockerfile-builder/build-context.ts';

type Given = { name: string; mode?: number; folder?: true; link?: string; content?: string };

function tarOf(entries: Given[]): Readable {
  const packed = pack();
  for (const { name, mode, folder, link, content } of entries) {
    const header = { name, ...(mode ? { mode } : {}) };
    if (folder) packed.entry({ ...header, type: 'directory' });
    else if (link) packed.entry({ ...header, type: 'symlink', linkname: link });
    else packed.entry(header, content ?? '');
  }
  packed.finalize();
  return packed as unknown as Readable;
}

async function filtered(entries: Given[], rules: ContextRules) {
  const found: Record<string, unknown> = {};
  const read = extract();
  filterContext(tarOf(entries), rules).pipe(read);
  for await (const entry of read) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    const content = Buffer.concat(chunks).toString();
    const { name, type, linkname, mode } = entry.header;
    found[name] = type === 'file' ? content : type === 'symlink' ? `-> ${linkname}` : mode.toString(8);
  }
  return found;
}

describe('The build context', () => {
  it('leaves out what is not included, and keeps the rest as it is', async () => {
    const entries = [
      { name: 'a', content: 'A' },
      { name: 'b', content: 'B' },
      { name: 'l', link: 'b' },
    ];
    expect(await filtered(entries, { includes: (path) => path !== 'a' })).toEqual({ b: 'B', l: '-> b' });
  });

  it('sends the folders above what is included, with their own modes and only then', async () => {
    const entries = [
      { name: 'x/', folder: true, mode: 0o750 } as const,
      { name: 'x/y/', folder: true, mode: 0o700 } as const,
      { name: 'x/y/keep', content: 'K' },
      { name: 'x/z/', folder: true } as const,
      { name: 'x/z/drop', content: 'D' },
    ];
    expect(await filtered(entries, { includes: (path) => path === 'x/y/keep' })).toEqual({
      'x/': '750',
      'x/y/': '700',
      'x/y/keep': 'K',
    });
  });

  it('replaces one file', async () => {
    const entries = [
      { name: './Dockerfile', content: 'old' },
      { name: 'a', content: 'A' },
    ];
    const rules = { includes: () => true, replace: { path: 'Dockerfile', content: 'a longer text' } };
    expect(await filtered(entries, rules)).toEqual({ './Dockerfile': 'a longer text', a: 'A' });
  });

  it('carries long names and large files', async () => {
    const name = `${'d'.repeat(120)}/${'f'.repeat(150)}`;
    const content = 'x'.repeat(300_000);
    expect(await filtered([{ name, content }], { includes: () => true })).toEqual({ [name]: content });
  });

  it('breaks with its source', async () => {
    const source = new Readable({ read() {} });
    const context = filterContext(source, { includes: () => true });
    const broken = new Promise((resolve) => context.once('error', resolve));
    source.destroy(new Error('git archive died'));
    expect(await broken).toMatchObject({ message: 'git archive died' });
  });

  it('lets go of its source when it is destroyed', async () => {
    const source = new Readable({ read() {} });
    const closed = new Promise((resolve) => source.once('close', resolve));
    filterContext(source, { includes: () => true }).destroy();
    await closed;
    expect(source.destroyed).toBe(true);
  });

  it.each([
    { name: './a/b/', path: 'a/b' },
    { name: 'a/./b', path: 'a/b' },
    { name: './', path: '' },
    { name: '..a', path: '..a' },
  ])('knows $name as "$path"', ({ name, path }) => {
    expect(contextPath(name)).toBe(path);
  });

  it.each(['../a', '/etc/passwd', 'a/../../b', '..'])('refuses the path %s', (name) => {
    expect(() => contextPath(name)).toThrow(expect.objectContaining({ code: 'E_BUILD_CONTEXT' }));
  });
});
