/** A folder on disk as a tree. */
import { constants, type Stats } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { type PackOptions, pack } from 'tar-fs';
import type { Tree } from '../../core/index.ts';
import { errors } from '../errors.ts';
import { maxReadBytes, segmentsOf } from './tree-path.ts';

/**
 * The tree of a folder, without what is named `.git`. Symbolic links stay links and are never followed; sockets, pipes
 * and devices are left out. Owners are not kept, so that the same files make the same image whoever deploys them.
 * @throws E_SOURCE_FOLDER
 */
export async function folderTree(folder: string): Promise<Tree> {
  const top = await realFolder(folder);
  return { read: (path) => readBelow(top, path), tar: async () => packFolder(top) };
}

async function realFolder(folder: string): Promise<string> {
  const missing = (problem: string) => (cause: unknown) => {
    throw errors.E_SOURCE_FOLDER({ folder, problem }, { cause });
  };
  const top = await realpath(folder).catch(missing('does not exist'));
  const stats = await lstat(top).catch(missing('cannot be read'));
  if (!stats.isDirectory()) throw errors.E_SOURCE_FOLDER({ folder, problem: 'is not a folder' });
  return top;
}

function packFolder(top: string): Readable {
  const options: PackOptions & { umask: number } = {
    ignore: (name) => basename(name) === '.git' && name !== top,
    map: (header) => ({ ...header, uid: 0, gid: 0 }),
    strict: false,
    // Modes as they are on disk, whatever the umask of this process would take away.
    umask: 0,
  };
  const packed = pack(top, options);
  // tar-fs gives a stream of its own kind; the engine asks for Node's.
  return Readable.from(packed, { objectMode: false });
}

async function readBelow(top: string, path: string): Promise<Buffer | undefined> {
  const segments = segmentsOf(path);
  let current = top;
  for (const [index, segment] of segments.entries()) {
    current = join(current, segment);
    const stats = await statOf(current);
    const last = index === segments.length - 1;
    if (last ? !stats?.isFile() : !stats?.isDirectory()) return undefined;
  }
  return segments.length === 0 ? undefined : readFile(current, path);
}

async function statOf(file: string): Promise<Stats | undefined> {
  return lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

async function readFile(file: string, path: string): Promise<Buffer> {
  // A link put there since it was looked at is not followed either.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    if (size > maxReadBytes) throw errors.E_SOURCE_FILE_SIZE({ path, limit: maxReadBytes });
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
