import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { busyboxTree } from '../../../cli/dev/busybox-image.ts';

async function read(
  applets: string[],
): Promise<{ headers: Map<string, Header>; bytes: Buffer; files: Map<string, string> }> {
  const bytes = await buffer(busyboxTree(Buffer.from('PROGRAM'), applets));
  const headers = new Map<string, Header>();
  const files = new Map<string, string>();
  const unpack = extract();
  Readable.from([bytes]).pipe(unpack);
  for await (const entry of unpack) {
    headers.set(entry.header.name.replace(/\/$/, ''), entry.header);
    files.set(entry.header.name, (await buffer(entry)).toString());
  }
  return { headers, bytes, files };
}

describe('the busybox image', () => {
  it('has one program, and an executable hard link to it for each applet', async () => {
    const { headers, files } = await read(['sh', '[', 'busybox', 'httpd']);
    expect(headers.get('bin/busybox')).toMatchObject({ type: 'file', mode: 0o755 });
    expect(files.get('bin/busybox')).toBe('PROGRAM');
    for (const name of ['bin/sh', 'bin/[', 'bin/httpd', 'usr/bin/env']) {
      expect(headers.get(name)).toMatchObject({ type: 'link', linkname: 'bin/busybox', mode: 0o755 });
    }
  });

  it('has users, groups and a /tmp for everybody', async () => {
    const { headers, files } = await read([]);
    expect(headers.get('tmp')).toMatchObject({ type: 'directory', mode: 0o1777 });
    expect(files.get('etc/passwd')).toMatch(/^root:x:0:0:/);
    expect(files.get('etc/group')).toMatch(/^root:x:0:/);
  });

  it('is the same, byte for byte, whenever it is made', async () => {
    expect((await read(['sh'])).bytes.equals((await read(['sh'])).bytes)).toBe(true);
  });
});
