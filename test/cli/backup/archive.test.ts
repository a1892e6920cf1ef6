/** Archives as they are written and read, and those that mean harm. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchive, spool, writeArchiveFile } from '../../../cli/backup/archive.ts';
import { formatVersion } from '../../../cli/backup/manifest.ts';

let folder: string;
let work: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-archive-'));
  work = await mkdtemp(join(folder, 'work-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const sites = '{"sites":[],"keys":[]}';
const entryOf = (name: string, content: string) => ({
  name,
  bytes: Buffer.byteLength(content),
  sha256: createHash('sha256').update(content).digest('hex'),
});
const manifestOf = (...entries: ReturnType<typeof entryOf>[]) => ({
  format: formatVersion,
  schema: 1,
  octohost: '1.0.0',
  createdAt: '2026-01-01T00:00:00.000Z',
  repositories: {},
  entries,
});
const plain = manifestOf(entryOf('sites.json', sites));

type Member = Partial<Header> & { name: string; content?: string };

async function tarOf(...members: Member[]): Promise<Buffer> {
  const packed = pack();
  for (const { content = '', ...header } of members) packed.entry(header, content);
  packed.finalize();
  return gzipSync(await buffer(packed));
}
const withManifest = (manifest: object, ...members: Member[]) =>
  tarOf({ name: 'manifest.json', content: JSON.stringify(manifest) }, ...members);
const read = (bytes: Buffer) => readArchive(Readable.from([bytes]), work, signal);

describe('an archive', () => {
  it('is written whole, for its owner alone, and read to the byte', async () => {
    const pages = 'x'.repeat(200_000);
    const parts = [
      await spool('sites.json', join(work, 'a'), Readable.from([Buffer.from(sites)]), signal),
      await spool('images/app.tar', join(work, 'b'), Readable.from([Buffer.from(pages)]), signal),
    ];
    const manifest = manifestOf(...parts.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })));
    const file = join(folder, 'backup.tar.gz');
    await writeArchiveFile(manifest, parts, file, signal);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.startsWith('backup'))).toEqual(['backup.tar.gz']);
    const archive = await readArchive(createReadStream(file), work, signal);
    expect(archive.manifest).toEqual(manifest);
    expect(await readFile(archive.pathOf('images/app.tar') as string, 'utf8')).toBe(pages);
    expect(archive.pathOf('images/other.tar')).toBeUndefined();
  });

  it('that is interrupted leaves nothing', async () => {
    const part = await spool('sites.json', join(work, 'a'), Readable.from([Buffer.from(sites)]), signal);
    const writing = writeArchiveFile(
      plain,
      [part],
      join(folder, 'backup'),
      AbortSignal.abort(new Error('stop')),
    );
    await expect(writing).rejects.toThrow('stop');
    expect((await readdir(folder)).filter((name) => name.startsWith('backup'))).toEqual([]);
  });

  it('that cannot be written says where', async () => {
    const writing = writeArchiveFile(plain, [], join(folder, 'nowhere', 'backup'), signal);
    await expect(writing).rejects.toMatchObject({ code: 'E_BACKUP_FILE' });
  });
});

describe('what is no archive', () => {
  const member = { name: 'sites.json', content: sites };
  it.each([
    { what: 'an entry outside', members: [member, { name: '../x', content: '' }] },
    { what: 'an absolute entry', members: [member, { name: '/etc/passwd', content: '' }] },
    {
      what: 'a symbolic link',
      members: [{ name: 'sites.json', type: 'symlink' as const, linkname: '/etc/passwd' }],
    },
    {
      what: 'a hard link',
      members: [{ name: 'sites.json', type: 'link' as const, linkname: '/etc/passwd' }],
    },
    { what: 'a device', members: [{ name: 'sites.json', type: 'character-device' as const }] },
    { what: 'a folder', members: [{ name: 'sites.json', type: 'directory' as const }] },
    { what: 'an entry twice', members: [member, member] },
    { what: 'another size', members: [{ name: 'sites.json', content: `${sites} ` }] },
    { what: 'another content', members: [{ name: 'sites.json', content: sites.replace('k', 'K') }] },
    { what: 'an entry missing', members: [] },
    { what: 'the manifest again', members: [member, { name: 'manifest.json', content: '{}' }] },
  ])('is refused for $what', async ({ members }) => {
    await expect(read(await withManifest(plain, ...members))).rejects.toMatchObject({
      code: 'E_BACKUP_ARCHIVE',
    });
    // Whatever it names, only numbered files are made.
    expect((await readdir(work)).filter((name) => !/^\d+$/.test(name))).toEqual([]);
  });

  it.each([
    { what: 'nothing', bytes: Buffer.alloc(0), code: 'E_BACKUP_MANIFEST' },
    { what: 'no tar', bytes: Buffer.from('x'.repeat(5000)), code: 'E_BACKUP_ARCHIVE' },
    {
      what: 'no gzip behind its first bytes',
      bytes: Buffer.from([0x1f, 0x8b, 1, 2, 3]),
      code: 'E_BACKUP_ARCHIVE',
    },
  ])('is refused for $what', async ({ bytes, code }) => {
    await expect(read(bytes)).rejects.toMatchObject({ code });
  });

  it('is refused without a manifest at its beginning, and cut off at any place', async () => {
    await expect(read(await tarOf(member))).rejects.toMatchObject({ code: 'E_BACKUP_MANIFEST' });
    const whole = await withManifest(plain, member);
    for (let length = 1; length < whole.length; length += 7)
      await expect(read(whole.subarray(0, length)), String(length)).rejects.toMatchObject({
        code: expect.stringMatching(/^E_BACKUP_/),
      });
  });

  it('is refused where it would not fit', async () => {
    const huge = { ...entryOf('images/app.tar', ''), bytes: Number.MAX_SAFE_INTEGER };
    const given = await withManifest(manifestOf(entryOf('sites.json', sites), huge), member);
    await expect(read(given)).rejects.toMatchObject({ code: 'E_BACKUP_SPACE' });
  });
});
