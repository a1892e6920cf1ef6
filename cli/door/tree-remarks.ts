/** What a tree asks of git that octohost does not do: filters, and with them Git LFS. It is said, and nothing runs. */
import { type Place, readBlobs, sizesOf } from './git-objects.ts';
import type { TreeListing } from './tree-listing.ts';

/** A pointer is a small text file: the version, the hash and the size of what is kept elsewhere. */
const pointerStart = 'version https://git-lfs.github.com/spec/';
const pointerBytes = { least: 100, most: 1024 };

/** Remarks on the files of one tree. It costs nothing where no file is called `.gitattributes`. */
export async function filterRemarks(place: Place, listing: TreeListing): Promise<string[]> {
  const texts = await readBlobs(place, [...new Set(listing.attributes())]);
  const filters = new Set(texts.flatMap((text) => filtersIn(text.toString('latin1'))));
  const pointers = filters.delete('lfs') ? await countPointers(place, listing) : 0;
  return [
    ...(pointers > 0 ? [lfsRemark(pointers)] : []),
    ...[...filters].map(
      (name) =>
        `.gitattributes asks for the filter ${name}; filters do not run here: the build gets the files as git keeps them.`,
    ),
  ];
}

/** The filters that a `.gitattributes` names. Pure. */
export function filtersIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => [...line.matchAll(/[ \t]filter=([^\s]+)/g)].map((match) => match[1] as string));
}

function lfsRemark(count: number): string {
  const files = count === 1 ? 'One file is' : `${count} files are`;
  return `${files} kept by Git LFS; the build gets the pointers, not the content.`;
}

async function countPointers(place: Place, listing: TreeListing): Promise<number> {
  const ids = listing.files();
  const sizes = await sizesOf(place, ids);
  const small = ids.filter((_, index) => {
    const size = sizes[index] ?? 0;
    return size >= pointerBytes.least && size <= pointerBytes.most;
  });
  const texts = await readBlobs(place, small);
  return texts.filter((text) => text.toString('latin1', 0, pointerStart.length) === pointerStart).length;
}
