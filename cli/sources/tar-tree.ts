/** A tar that comes in, from stdin for instance, as a tree. */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header, pack } from 'tar-stream';
import { isOctohostError, messageOf, type Tree } from '../../core/index.ts';
import { errors } from '../errors.ts';
import { gunzipped } from './gunzipped.ts';
import { entryPath, inside } from './tar-entry.ts';
import { maxReadBytes, segmentsOf } from './tree-path.ts';

const chunkBytes = 64 * 1024;

/** A tree that keeps a file open: close it when the deploy has ended. */
export interface TarTree extends Tree {
  close(): Promise<void>;
}

/**
 * Takes a whole tar in, plain or gzipped, checks every entry, and keeps it in an unnamed temporary file: when this
 * process ends, however it ends, nothing is left. Owners are not kept.
 * @param maxMegabytes the most that it may be, unpacked, in 1024 × 1024 bytes
 * @throws E_SOURCE_TAR
 */
export async function tarTree(input: Readable, maxMegabytes = Number.POSITIVE_INFINITY): Promise<TarTree> {
  // Until it is read below: an error of the input must not end the process.
  input.on('error', () => {});
  const file = await unnamedFile();
  try {
    const entries = await spool(input, file, maxMegabytes);
    if (entries === 0) throw errors.E_SOURCE_TAR({ problem: 'it is empty' });
  } catch (cause) {
    await file.close();
    if (isOctohostError(cause)) throw cause;
    throw errors.E_SOURCE_TAR({ problem: messageOf(cause) }, { cause });
  }
  const tar = () => Readable.from(contents(file), { objectMode: false });
  return { read: (path) => readEntry(tar(), path), tar: async () => tar(), close: () => file.close() };
}

/** A file without a name, known by its handle alone; while it had one, nobody else could read it. */
async function unnamedFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'octohost-tar-'));
  try {
    return await open(join(folder, 'tree.tar'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads by position, so that several readers do not disturb each other and none of them closes the file. */
async function* contents(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Writes the checked entries into the file and counts them. */
async function spool(input: Readable, file: FileHandle, maxMegabytes: number): Promise<number> {
  const packed = pack();
  const copied = copyEntries(await gunzipped(input), packed).catch((error: Error) => {
    packed.destroy(error);
    throw error;
  });
  const written = write(packed as unknown as AsyncIterable<Buffer>, file, maxMegabytes);
  const [entries] = await Promise.all([copied, written]);
  return entries;
}

async function write(chunks: AsyncIterable<Buffer>, file: FileHandle, maxMegabytes: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxMegabytes * 1024 * 1024)
      throw errors.E_SOURCE_TAR({ problem: `unpacked it is larger than ${maxMegabytes} MB` });
    await file.appendFile(chunk);
  }
}

async function copyEntries(tar: Readable, packed: ReturnType<typeof pack>): Promise<number> {
  const entries = extract();
  const fed = pipeline(tar, entries);
  // Its failure also ends the loop below, which tells it.
  fed.catch(() => {});
  let count = 0;
  for await (const entry of entries) {
    const name = entryPath(entry.header);
    if (name === undefined) {
      entry.resume();
      continue;
    }
    count += 1;
    await pipeline(entry, packed.entry(headerFor(entry.header, name)));
  }
  await fed;
  packed.finalize();
  return count;
}

function headerFor(header: Header, name: string): Partial<Header> & { name: string } {
  const { type, mode, mtime, size, linkname } = header;
  const link = type === 'link' ? inside(linkname, '') : linkname;
  return { name, type, mode, mtime, size, ...(link ? { linkname: link } : {}) };
}

async function readEntry(tar: Readable, path: string): Promise<Buffer | undefined> {
  const wanted = segmentsOf(path).join('/');
  const entries = extract();
  pipeline(tar, entries).catch(() => {});
  let found: Buffer | undefined;
  for await (const entry of entries) {
    const { name, type, size } = entry.header;
    if (name.replace(/\/$/, '') !== wanted) {
      entry.resume();
      continue;
    }
    // As tar does, a later entry of the same name replaces the earlier one.
    found =
      type === 'file' || type === 'contiguous-file'
        ? await content(entry as unknown as AsyncIterable<Buffer>, path, size)
        : undefined;
  }
  return found;
}

async function content(entry: AsyncIterable<Buffer>, path: string, size: number): Promise<Buffer> {
  if (size > maxReadBytes) throw errors.E_SOURCE_FILE_SIZE({ path, limit: maxReadBytes });
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return Buffer.concat(chunks);
}
