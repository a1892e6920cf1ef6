/** The file of a backup: a gzipped tar, the manifest first. Written from files, and read into files. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { isOctohostError, messageOf } from '../../core/index.ts';
import { readPackage } from '../program.ts';
import { gunzipped } from '../sources/gunzipped.ts';
import { errors } from './errors.ts';
import { type Entry, type Manifest, manifestName, readManifest } from './manifest.ts';

/** An entry, and the file that its content is in. */
export interface Part extends Entry {
  readonly path: string;
}

const largestManifest = 64 * 1024 * 1024;
const megabyte = 1024 * 1024;

/** Writes what comes into a file that only its owner reads. */
export async function spool(
  name: string,
  path: string,
  content: Readable,
  signal: AbortSignal,
): Promise<Part> {
  const { counted, result } = measure();
  await pipeline(content, counted, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
  return { name, path, ...result() };
}

function measure() {
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { counted, result: () => ({ bytes, sha256: hash.digest('hex') }) };
}

/** The archive as a stream. Packs and layers are compressed already, or large: little effort is enough. */
function archive(manifest: Manifest, parts: readonly Part[]): Readable {
  const packed = pack();
  const time = new Date(manifest.createdAt);
  const fill = async () => {
    packed.entry({ name: manifestName, mode: 0o600, mtime: time }, `${JSON.stringify(manifest)}\n`);
    for (const { name, bytes, path } of parts) {
      const entry = packed.entry({ name, size: bytes, mode: 0o600, mtime: time });
      await pipeline(createReadStream(path), entry as unknown as Writable);
    }
    packed.finalize();
  };
  fill().catch((error: Error) => packed.destroy(error));
  return Readable.from(packed, { objectMode: false });
}

/** To a stream that stays open. */
export async function writeArchive(
  manifest: Manifest,
  parts: readonly Part[],
  output: Writable,
  signal: AbortSignal,
): Promise<void> {
  await pipeline(archive(manifest, parts), createGzip({ level: 1 }), output, { signal, end: false });
}

/** To a file, which is there whole or not at all. @throws E_BACKUP_FILE */
export async function writeArchiveFile(
  manifest: Manifest,
  parts: readonly Part[],
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const output = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true });
    await pipeline(archive(manifest, parts), createGzip({ level: 1 }), output, { signal });
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    if (signal.aborted) throw signal.reason;
    throw errors.E_BACKUP_FILE({ file, cause }, { cause });
  }
}

/** What was read of an archive: all that its manifest names, to the byte. */
export interface OpenArchive {
  readonly manifest: Manifest;
  /** The file with an entry's content; undefined where there is no such entry. */
  readonly pathOf: (name: string) => string | undefined;
}

/**
 * Nothing of an archive chooses where it is written: entries are numbered files of the folder.
 * @throws E_BACKUP_MANIFEST, E_BACKUP_NEWER, E_BACKUP_ARCHIVE, E_BACKUP_SPACE
 */
export async function readArchive(
  input: Readable,
  folder: string,
  signal: AbortSignal,
): Promise<OpenArchive> {
  // Until it is read below: an error of the input must not end the process.
  input.on('error', () => {});
  try {
    return await readEntries(await gunzipped(input), folder, signal);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    if (isOctohostError(cause)) throw cause;
    throw errors.E_BACKUP_ARCHIVE({ problem: messageOf(cause) }, { cause });
  }
}

async function readEntries(tar: Readable, folder: string, signal: AbortSignal): Promise<OpenArchive> {
  const entries = extract();
  const fed = pipeline(tar, entries as unknown as Writable, { signal });
  // Its failure also ends the loop below, which tells it.
  fed.catch(() => {});
  let manifest: Manifest | undefined;
  const paths = new Map<string, string>();
  for await (const entry of entries) {
    const { name, type, size } = entry.header;
    if (type !== 'file' && type !== 'contiguous-file')
      throw problem(`${shown(name)} is a ${type}, not a file`);
    if (!manifest) {
      manifest = await readFirst(entry as unknown as Readable, name, size ?? 0);
      await requireSpace(folder, manifest);
      continue;
    }
    const wanted = manifest.entries.find((one) => one.name === name);
    if (!wanted || paths.has(name)) throw problem(`${shown(name)} is not in its manifest, or twice`);
    if (size !== wanted.bytes) throw problem(`${name} has another size than its manifest says`);
    const path = join(folder, String(paths.size));
    const found = await spool(name, path, entry as unknown as Readable, signal);
    if (found.sha256 !== wanted.sha256) throw problem(`${name} has another content than its manifest says`);
    paths.set(name, path);
  }
  await fed;
  const missing = manifest?.entries.find(({ name }) => !paths.has(name));
  if (!manifest) throw errors.E_BACKUP_MANIFEST({ problem: 'it is empty' });
  if (missing) throw problem(`${missing.name} is missing`);
  return { manifest, pathOf: (name) => paths.get(name) };
}

async function readFirst(entry: Readable, name: string, size: number): Promise<Manifest> {
  if (name !== manifestName) throw errors.E_BACKUP_MANIFEST({ problem: `it begins with ${shown(name)}` });
  if (size > largestManifest) throw errors.E_BACKUP_MANIFEST({ problem: 'its manifest is too long' });
  return readManifest((await buffer(entry)).toString('utf8'), readPackage().version);
}

/** @throws E_BACKUP_SPACE */
async function requireSpace(folder: string, { entries }: Manifest): Promise<void> {
  const needed = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(folder);
  if (needed > bavail * bsize)
    throw errors.E_BACKUP_SPACE({
      folder,
      needed: Math.ceil(needed / megabyte),
      free: Math.floor((bavail * bsize) / megabyte),
    });
}

const problem = (text: string) => errors.E_BACKUP_ARCHIVE({ problem: text });
const shown = (text: string) => JSON.stringify(text.slice(0, 120));
