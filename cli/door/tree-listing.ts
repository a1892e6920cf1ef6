/** What is in a tree: the output of `git ls-tree -r -z`, as data. Pure. */

export interface TreeEntry {
  /** git's own: 100644 and 100755 are files, 120000 is a symbolic link, 160000 a submodule's commit. */
  readonly mode: string;
  readonly id: string;
}

/** Paths are git's bytes, each as one character, so that a name that is no UTF-8 stays what it is. */
export interface TreeListing {
  /** What has this very path; a folder is no entry. */
  entry(path: string): TreeEntry | undefined;
  /** The submodules: path and pinned commit. */
  submodules(): { readonly path: string; readonly commit: string }[];
  /** The ids of all `.gitattributes`, of any folder. */
  attributes(): string[];
  /** The ids of all files. */
  files(): string[];
}

const end = '\0';

interface Line extends TreeEntry {
  readonly path: string;
}

/** Few entries are ever looked at, of trees that may have a hundred thousand: the text is searched, not taken apart. */
export function parseListing(output: Buffer): TreeListing {
  // Every line lies between two ends, of which no path has one.
  const text = end + output.toString('latin1');
  const lines = (part: string) => [...places(text, part)].map((place) => lineAt(text, place));
  return {
    // A name may hold a tab: a line that ends alike is not yet the one.
    entry: (path) => lines(`\t${path}${end}`).find((line) => line.path === path),
    submodules: () => lines(`${end}160000 `).map(({ path, id }) => ({ path, commit: id })),
    attributes: () =>
      lines(`.gitattributes${end}`)
        .filter(({ mode, path }) => isFile(mode) && /(?:^|\/)\.gitattributes$/.test(path))
        .map(({ id }) => id),
    files: () => lines(`${end}100`).map(({ id }) => id),
  };
}

function* places(text: string, part: string): Generator<number> {
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) yield at;
}

/** The line that a place lies in, or that begins there: `<mode> <type> <id>`, a tab, the path. */
function lineAt(text: string, place: number): Line {
  const start = text.lastIndexOf(end, place) + 1;
  const tab = text.indexOf('\t', start);
  const [mode = '', , id = ''] = text.slice(start, tab).split(' ');
  return { mode, id, path: text.slice(tab + 1, text.indexOf(end, tab)) };
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
