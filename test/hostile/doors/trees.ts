/** What is deployed: a tar on stdin, paths in it, and what git lists of a tree. */

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import * as fc from 'fast-check';
import { extract, pack } from 'tar-stream';
import { createTarCutter } from '../../../cli/door/tar-cutter.ts';
import { parseListing } from '../../../cli/door/tree-listing.ts';
import { tarTree } from '../../../cli/sources/tar-tree.ts';
import { segmentsOf } from '../../../cli/sources/tree-path.ts';
import { type Door, door, enterBy, must, type Outcome, refusedBy } from '../door.ts';
import { hostileWord, spoiled } from '../inputs.ts';

interface Entry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'link' | 'character-device' | 'fifo';
  readonly linkname: string;
}

interface Tar {
  readonly entries: readonly Entry[];
  readonly gzip: boolean;
  /** Bytes that are changed, and where it is cut off. */
  readonly changes: readonly (readonly [number, number])[];
  readonly cut: number | null;
}

async function bytesOf({ entries, gzip, changes, cut }: Tar): Promise<Buffer> {
  const packed = pack();
  for (const { name, type, linkname } of entries) {
    const header = { name, type, ...(type === 'symlink' || type === 'link' ? { linkname } : {}) };
    if (type === 'file') packed.entry(header, 'FROM scratch\n');
    else packed.entry(header);
  }
  packed.finalize();
  const stream = Readable.from(packed, { objectMode: false });
  const bytes = Buffer.from(await buffer(gzip ? stream.pipe(createGzip()) : stream));
  for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
  return cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
}

async function enterTar(tar: Tar): Promise<Outcome> {
  let bytes: Buffer;
  try {
    bytes = await bytesOf(tar);
  } catch {
    // The library that packs cannot write such a name either.
    return 'refused';
  }
  try {
    const tree = await tarTree(Readable.from([bytes]));
    try {
      await mustStayInside(await tree.tar());
      return 'harmless';
    } finally {
      await tree.close();
    }
  } catch (error) {
    return refusedBy(error);
  }
}

/** Whoever unpacks it writes nothing elsewhere: no path leads out, nothing is written through a link, nothing is a device. */
async function mustStayInside(tar: NodeJS.ReadableStream): Promise<void> {
  const entries = extract();
  tar.pipe(entries);
  for await (const one of entries) {
    const { name, type, linkname } = one.header;
    must(
      !name.startsWith('/') && !name.split('/').includes('..') && !name.includes('\0'),
      'a path leads out',
      name,
    );
    must(
      ['file', 'contiguous-file', 'directory', 'symlink', 'link'].includes(type ?? 'file'),
      'a device',
      type,
    );
    if (type === 'link')
      must(!/^\/|(?:^|\/)\.\.(?:\/|$)/.test(linkname ?? ''), 'a hard link leads out', linkname);
    one.resume();
  }
}

const entry = (name: string, type: Entry['type'] = 'file', linkname = ''): Entry => ({
  name,
  type,
  linkname,
});
const tarOf = (...entries: Entry[]): Tar => ({ entries, gzip: false, changes: [], cut: null });

export const trees: readonly Door[] = [
  door<Tar>({
    name: 'tar on stdin',
    input: fc.record({
      entries: fc.array(
        fc.record({
          name: spoiled('Dockerfile', 'src/a.txt', './b/'),
          type: fc.constantFrom('file', 'directory', 'symlink', 'link', 'character-device', 'fifo'),
          linkname: fc.oneof(spoiled('src/a.txt'), hostileWord),
        }),
        { maxLength: 4 },
      ),
      gzip: fc.boolean(),
      changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
      cut: fc.option(fc.nat(), { freq: 6 }),
    }),
    cases: [
      tarOf(entry('Dockerfile'), entry('src/'), entry('src/a.txt')),
      tarOf(entry('../harm')),
      tarOf(entry('/etc/cron.d/harm')),
      tarOf(entry('a/../../harm')),
      tarOf(entry('a', 'symlink', '/etc'), entry('a/harm')),
      tarOf(entry('a', 'symlink', '../..'), entry('Dockerfile')),
      tarOf(entry('a', 'link', '../../etc/passwd')),
      tarOf(entry('a', 'link', '/etc/passwd')),
      tarOf(entry('sda', 'character-device')),
      tarOf(entry('pipe', 'fifo')),
      tarOf(entry('a\0b')),
      tarOf(entry('..')),
      tarOf(entry('a'.repeat(5_000))),
      tarOf(entry('..\\..\\harm')),
      { ...tarOf(entry('Dockerfile')), cut: 700 },
      { ...tarOf(entry('Dockerfile')), gzip: true, cut: 20 },
      tarOf(),
    ],
    enter: enterTar,
  }),
  door({
    name: 'path in a tree',
    input: spoiled('Dockerfile', './a//b', 'src/a.txt'),
    cases: ['Dockerfile', '../x', 'a/../../x', '/etc/passwd', 'a\0', '..', 'a/..'],
    enter: enterBy(segmentsOf, (segments) =>
      must(
        segments.every((one) => one !== '' && one !== '.' && one !== '..' && !/[/\0]/.test(one)),
        'leads out',
      ),
    ),
  }),
  door({
    name: "git's list of a tree",
    input: fc.array(
      fc.tuple(fc.constantFrom('100644', '100755', '120000', '160000'), spoiled('Dockerfile', 'a/b')),
      {
        maxLength: 5,
      },
    ),
    cases: [
      [['100644', 'Dockerfile']],
      [['120000', 'Dockerfile']],
      [['100644', 'a\t100644 blob 0\tDockerfile']],
      [['100644', '160000 commit x\tb']],
    ],
    enter(entries) {
      const plain = entries.filter(([, path]) => !path.includes('\0') && path !== '');
      const id = 'f'.repeat(40);
      const listing = parseListing(
        Buffer.from(plain.map(([mode, path]) => `${mode} blob ${id}\t${path}\0`).join('')),
      );
      const found = listing.entry(Buffer.from('Dockerfile').toString('latin1'));
      const [mode] = plain.find(([, path]) => path === 'Dockerfile') ?? [];
      must(found?.mode === mode, 'another entry', found, mode);
      must(
        listing.submodules().length === plain.filter(([one]) => one === '160000').length,
        'other submodules',
      );
      return plain.length < entries.length || plain.length === 0 ? 'refused' : 'harmless';
    },
  }),
  door({
    name: 'tar of git and of submodules',
    input: fc.tuple(fc.uint8Array({ maxLength: 2_000 }), fc.integer({ min: 1, max: 700 })),
    cases: [
      [new Uint8Array(1024), 100],
      [new Uint8Array(1024).fill(0xff), 512],
      [Uint8Array.from(Buffer.from('x'.repeat(600))), 7],
    ],
    enter([given, size]) {
      const cut = createTarCutter();
      const all = Buffer.from(given);
      let passed = 0;
      try {
        for (let at = 0; at < all.length; at += size) {
          const part = cut(all.subarray(at, at + size));
          must(all.subarray(passed, passed + part.length).equals(part), 'other bytes');
          passed += part.length;
        }
      } catch (error) {
        must(
          error instanceof Error && error.message.includes('of the tar'),
          'an error of its own',
          String(error),
        );
        return 'refused';
      }
      return 'harmless';
    },
  }),
];
