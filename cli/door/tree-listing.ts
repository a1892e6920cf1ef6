/** What is in a tree: the output of `git ls-tree -r -z`, as data. Pure. */

export interface TreeEntry {
  /** git's own: 100644 and 100755 are files, 120000 is a symbolic link, 160000 a submodule's commit. */
  readonly mode: string;
  readonly id: string;
}

/** Paths are git's bytes, each as one character, so that a name that is no UTF-8 stays what it is. */
export interface TreeListing {
  readonly entries: ReadonlyMap<string, TreeEntry>;
  /** The submodules: path and pinned commit. */
  readonly submodules: readonly { readonly path: string; readonly commit: string }[];
  /** The ids of all `.gitattributes`, of any folder. */
  readonly attributes: readonly string[];
}

export function parseListing(output: Buffer): TreeListing {
  const entries = new Map<string, TreeEntry>();
  const submodules: { path: string; commit: string }[] = [];
  const attributes: string[] = [];
  for (const line of output.toString('latin1').split('\0')) {
    const tab = line.indexOf('\t');
    if (tab === -1) continue;
    const [mode = '', , id = ''] = line.slice(0, tab).split(' ');
    const path = line.slice(tab + 1);
    entries.set(path, { mode, id });
    if (mode === '160000') submodules.push({ path, commit: id });
    else if (isFile(mode) && /(?:^|\/)\.gitattributes$/.test(path)) attributes.push(id);
  }
  return { entries, submodules, attributes };
}

export function isFile(mode: string): boolean {
  return mode.startsWith('100');
}

export function isLink(mode: string): boolean {
  return mode === '120000';
}

/** A name as people and plugins write it, as git's bytes. */
export function bytesOf(name: string): string {
  return Buffer.from(name).toString('latin1');
}

/** git's bytes as people read them; what is no UTF-8 shows as �. */
export function shownPath(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}
