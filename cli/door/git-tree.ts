/** A pushed revision as a tree. Nothing is checked out: git streams what is asked for. */
import { createHash } from 'node:crypto';
import type { Revision, Tree } from '../../core/index.ts';
import { errors } from './errors.ts';
import { archive, archives } from './git-archive.ts';
import type { Place } from './git-objects.ts';
import { git } from './git-process.ts';
import { findSubmodules, type Part, type Remark, type SubmoduleAccess } from './submodules.ts';
import { bytesOf, isFile, isLink, parseListing, shownPath, type TreeListing } from './tree-listing.ts';
import { filterRemarks } from './tree-remarks.ts';

const maxFileBytes = 1024 * 1024;
const maxListingBytes = 256 * 1024 * 1024;
const maxDepth = 4;
const maxSubmodules = 100;

export interface GitTreeOptions {
  /** The repository. */
  readonly gitDir: string;
  readonly revision: Revision;
  /** Where git keeps objects that are pushed but not accepted yet. */
  readonly environment: Readonly<Record<string, string>>;
  readonly submodules: SubmoduleAccess;
  /** Told, at any time while the tree is used, what of it octohost does not do. */
  readonly remark: Remark;
}

export interface GitTree extends Tree {
  readonly id: string;
  /** Everything was looked at that a remark could be about. Never rejects. */
  readonly examined: Promise<void>;
}

/**
 * @throws E_GIT where there is no such revision, E_SUBMODULE_… where one of its submodules is allowed and cannot be had
 */
export async function gitTree(options: GitTreeOptions): Promise<GitTree> {
  const { gitDir, revision, environment, submodules, remark } = options;
  const place = { gitDir, revision, environment };
  const [id, listing] = await Promise.all([treeId(place), list(place)]);
  const address = { kind: 'here' as const, repository: submodules.repository };
  const parts = await withSubmodules([{ place, address, listing, prefix: '' }], submodules, remark);
  // Builders, checks and the site's own files look for the same ones.
  const files = new Map<string, ReturnType<typeof read>>();
  return {
    id: idOf(id, parts),
    examined: examine(parts, remark),
    read(path) {
      const file = files.get(path) ?? read(parts, path, remark);
      files.set(path, file);
      return file;
    },
    tar: async () =>
      parts.length === 1
        ? archive(place)
        : archives(parts.map((part) => ({ place: part.place, prefix: shownPath(part.prefix) }))),
  };
}

async function treeId({ gitDir, revision, environment }: Place): Promise<string> {
  const words = ['rev-parse', '--verify', '--end-of-options', `${revision}^{tree}`];
  return (await asked('find the revision', git(gitDir, words, { environment }))).toString().trim();
}

async function list({ gitDir, revision, environment }: Place): Promise<TreeListing> {
  const words = ['ls-tree', '-r', '-z', '--full-tree', revision];
  const output = git(gitDir, words, { environment, maxBytes: maxListingBytes });
  return parseListing(await asked('list the files of the revision', output));
}

async function asked<Answer>(what: string, answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((cause: unknown) => {
    throw errors.E_GIT({ what, cause }, { cause });
  });
}

/** The parts, with the submodules of each behind it, and those in them. */
async function withSubmodules(
  top: readonly Part[],
  access: SubmoduleAccess,
  remark: Remark,
): Promise<Part[]> {
  const parts: Part[] = [...top];
  let level = top;
  for (let depth = 1; level.length > 0; depth++) {
    const next: Part[] = [];
    for (const parent of level)
      for await (const found of findSubmodules(parent, access, remark)) {
        refuseTooMany(found.prefix, depth, parts.length + next.length);
        next.push({ ...found, listing: await list(found.place) });
      }
    parts.push(...next);
    level = next;
  }
  return parts;
}

function refuseTooMany(prefix: string, depth: number, count: number): void {
  const path = shownPath(prefix.slice(0, -1));
  if (depth > maxDepth)
    throw errors.E_SUBMODULE_LIMIT({ path, problem: `at most ${maxDepth} may lie in each other` });
  if (count > maxSubmodules)
    throw errors.E_SUBMODULE_LIMIT({ path, problem: `a tree may have ${maxSubmodules} at most` });
}

/** The tree says which commits its submodules are; which of them are there depends on the configuration. Pure. */
function idOf(tree: string, [, ...submodules]: readonly Part[]): string {
  if (submodules.length === 0) return tree;
  const present = createHash('sha256').update(submodules.map(({ prefix }) => prefix).join('\0'));
  return `${tree}+${present.digest('hex').slice(0, 16)}`;
}

async function examine(parts: readonly Part[], remark: Remark): Promise<void> {
  for (const { place, listing, prefix } of parts) {
    const inside = prefix === '' ? '' : `In the submodule ${shownPath(prefix.slice(0, -1))}: `;
    try {
      for (const line of await filterRemarks(place, listing)) remark(inside + line);
    } catch {
      remark(`${inside}.gitattributes is too large to be looked through for filters.`);
    }
  }
}

async function read(parts: readonly Part[], path: string, remark: Remark): Promise<Buffer | undefined> {
  const name = bytesOf(path);
  // The deepest one is the last.
  const part = parts.findLast(({ prefix }) => name.startsWith(prefix)) as Part;
  const entry = part.listing.entry(name.slice(part.prefix.length));
  if (entry && isLink(entry.mode))
    remark(
      `${path} is a symbolic link, and links in what is pushed are not followed: it counts as not there.`,
    );
  if (!entry || !isFile(entry.mode)) return undefined;
  const { gitDir, environment } = part.place;
  const content = git(gitDir, ['cat-file', 'blob', entry.id], { environment, maxBytes: maxFileBytes });
  return asked(`read ${path} (files up to 1 MiB are read)`, content);
}
