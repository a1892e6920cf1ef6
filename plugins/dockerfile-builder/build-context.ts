/** The tar that is sent to the engine: the tree's own, without what `.dockerignore` leaves out. */
import { posix } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Extract, extract, type Header, type Pack, pack } from 'tar-stream';
import type { Includes } from './dockerignore.ts';
import { errors } from './errors.ts';

export interface ContextRules {
  readonly includes: Includes;
  /** A file that is sent with another content. */
  readonly replace?: { readonly path: string; readonly content: string };
}

/** Filters a tar stream as it flows by. Headers stay as they are: what is deterministic stays so. */
export function filterContext(tar: Readable, rules: ContextRules): Readable {
  const packed = pack();
  const entries = extract();
  tar.once('error', (error) => entries.destroy(error));
  packed.once('close', () => {
    entries.destroy();
    tar.destroy();
  });
  tar.pipe(asWritable(entries));
  copyEntries(entries, packed, rules).catch((error: Error) => packed.destroy(error));
  return asReadable(packed);
}

/** tar-stream's streams are streamx's, which behave like node's and have types of their own. */
const asReadable = (stream: object) => stream as unknown as Readable;
const asWritable = (stream: object) => stream as unknown as Writable;

async function copyEntries(entries: Extract, packed: Pack, rules: ContextRules): Promise<void> {
  const folders = createHeldFolders();
  for await (const entry of entries) {
    const path = contextPath(entry.header.name);
    const included = path === '' || rules.includes(path);
    if (!included && entry.header.type === 'directory') folders.hold(path, entry.header);
    if (!included || path === '') {
      entry.resume();
      continue;
    }
    for (const folder of folders.release(path)) packed.entry(folder);
    if (rules.replace?.path === path) {
      entry.resume();
      packed.entry(
        { ...entry.header, size: Buffer.byteLength(rules.replace.content) },
        rules.replace.content,
      );
    } else {
      await pipeline(asReadable(entry), asWritable(packed.entry(entry.header)));
    }
  }
  packed.finalize();
}

/** A folder that is left out is sent after all when something below it is: with its own mode, before its content. */
function createHeldFolders() {
  const held = new Map<string, Header>();
  return {
    hold: (path: string, header: Header) => void held.set(path, header),
    *release(path: string): Generator<Header> {
      if (held.size === 0) return;
      const names = path.split('/');
      for (let depth = 1; depth < names.length; depth++) {
        const folder = names.slice(0, depth).join('/');
        const header = held.get(folder);
        held.delete(folder);
        if (header) yield header;
      }
    },
  };
}

/** The path below the top, without `./` and the `/` of a folder; empty for the top itself. Pure. */
export function contextPath(name: string): string {
  const path = posix.normalize(name).replace(/\/+$/, '');
  if (path.startsWith('/') || path === '..' || path.startsWith('../'))
    throw errors.E_BUILD_CONTEXT({ path: name });
  return path === '.' ? '' : path;
}
