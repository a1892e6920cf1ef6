/** Many objects of a repository at once, through one `git cat-file --batch`. */
import { git } from './git-process.ts';

/** A revision of a repository, and what git needs to see it while it is not accepted yet. */
export interface Place {
  readonly gitDir: string;
  /** A commit. */
  readonly revision: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const maxBatchBytes = 64 * 1024 * 1024;

/** The contents of blobs, in the order of their ids. */
export async function readBlobs(place: Place, ids: readonly string[]): Promise<Buffer[]> {
  if (ids.length === 0) return [];
  return parseBatch(await batch(place, ['cat-file', '--batch'], ids));
}

/** The sizes of blobs in bytes, in the order of their ids. */
export async function sizesOf(place: Place, ids: readonly string[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const output = await batch(place, ['cat-file', '--batch-check=%(objectsize)', '--buffer'], ids);
  return output.toString().trimEnd().split('\n').map(Number);
}

function batch({ gitDir, environment }: Place, words: readonly string[], ids: readonly string[]) {
  return git(gitDir, words, { environment, input: `${ids.join('\n')}\n`, maxBytes: maxBatchBytes });
}

/** `<id> <type> <size>`, a newline, the content, a newline; again and again. Pure. */
export function parseBatch(output: Buffer): Buffer[] {
  const contents: Buffer[] = [];
  for (let start = 0; start < output.length; ) {
    const head = output.indexOf(0x0a, start);
    const size = Number(output.toString('latin1', start, head).split(' ')[2]);
    if (head === -1 || !Number.isInteger(size)) throw new Error('git cat-file wrote what was not asked for');
    contents.push(output.subarray(head + 1, head + 1 + size));
    start = head + size + 2;
  }
  return contents;
}
