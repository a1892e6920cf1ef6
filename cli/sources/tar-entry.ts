/** Which entries of a tar are taken, and under which name. Pure. */
import { errors } from '../errors.ts';

/** What is looked at of a tar entry's header. */
export interface EntryHeader {
  readonly name: string;
  readonly type?: string | null | undefined;
  readonly linkname?: string | null | undefined;
}

const kinds = new Set(['file', 'contiguous-file', 'directory', 'symlink', 'link']);

/**
 * The entry's path below the top: `./a/b` is `a/b`. Undefined for the top itself. A symbolic link may point anywhere,
 * for nothing follows it; a hard link names another entry and must stay inside.
 * @throws E_SOURCE_TAR for an absolute path, one with `..`, a device or a pipe
 */
export function entryPath({ name, type, linkname }: EntryHeader): string | undefined {
  if (!kinds.has(type ?? 'file'))
    throw errors.E_SOURCE_TAR({ problem: `${shown(name)} is a ${type}, not a file, folder or link` });
  if (type === 'link') inside(linkname ?? '', `the hard link ${shown(name)} leads out of it`);
  const path = inside(name, `the path ${shown(name)} leads out of it`);
  return path === '' ? undefined : path;
}

/** The path in its shortest form. */
export function inside(path: string, problem: string): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (path.startsWith('/') || path.includes('\0') || segments.includes('..'))
    throw errors.E_SOURCE_TAR({ problem });
  return segments.join('/');
}

const shown = (text: string) => JSON.stringify(text.slice(0, 120));
