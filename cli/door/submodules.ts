/** From the submodules of a tree to the repositories that hold their commits, as far as the operator allows. */
import { hostname } from 'node:os';
import type { ResolvedConfig, SiteName } from '../../core/index.ts';
import { exists } from '../exists.ts';
import { errors } from './errors.ts';
import type { Place } from './git-objects.ts';
import { git } from './git-process.ts';
import { repositoryPath } from './repository.ts';
import { type Address, parseModules, resolveAddress, shownAddress } from './submodule-address.ts';
import { fetchCommit } from './submodule-cache.ts';
import { isFile, shownPath, type TreeListing } from './tree-listing.ts';

/** Who pushes what, and what the configuration allows. */
export interface SubmoduleAccess {
  readonly config: Pick<ResolvedConfig, 'dataDir' | 'domainSuffix' | 'git'>;
  /** The repository that is pushed to. */
  readonly repository: SiteName;
  /** Whether the pusher may read a repository of this installation. */
  readonly mayRead: (repository: SiteName) => boolean | Promise<boolean>;
  /** Told where a submodule comes from, before it is fetched, which may take long. */
  readonly output: (line: string) => void;
}

/** Takes a line for the pusher: something that stops nothing and should be known. */
export type Remark = (line: string) => void;

/** A revision, and where its repository is: relative addresses in its `.gitmodules` start there. */
export interface Origin {
  readonly place: Place;
  readonly address: Address;
}

/** One revision in the whole: the pushed one, or a submodule's. */
export interface Part extends Origin {
  /** The folder it lies in: git's bytes, with `/` at its end; empty for the pushed one. */
  readonly prefix: string;
  readonly listing: TreeListing;
}

/**
 * Finds the submodules of one tree, one after another, so that whoever asks can stop before the next is fetched.
 * Those that stay empty folders are said and left out.
 */
export async function* findSubmodules(
  parent: Part,
  access: SubmoduleAccess,
  remark: Remark,
): AsyncGenerator<Origin & { readonly prefix: string }> {
  const submodules = parent.listing.submodules();
  if (submodules.length === 0) return;
  const written = await readModules(parent);
  for (const submodule of submodules) {
    const text = written.get(submodule.path);
    const path = shownPath(parent.prefix + submodule.path);
    const address = text === undefined ? undefined : resolveAddress(text, parent.address, rulesOf(access));
    // A name that is no UTF-8 cannot be given to git as the folder of an archive.
    const named = !path.includes('\uFFFD');
    if (address && named) {
      const origin = await locate(path, submodule.commit, address, access);
      yield { ...origin, prefix: `${parent.prefix}${submodule.path}/` };
    } else remark(emptyRemark(path, text));
  }
}

function emptyRemark(path: string, text: string | undefined): string {
  if (text === undefined)
    return `The submodule ${path} has no address in .gitmodules, so its folder is empty.`;
  return `The submodule ${path} (${shownAddress(text)}) is not fetched, so its folder is empty. The operator can allow its address: git.submodules in octohost.config.ts.`;
}

async function readModules({ place, listing }: Origin & { listing: TreeListing }) {
  const entry = listing.entry('.gitmodules');
  if (!entry || !isFile(entry.mode)) return new Map<string, string>();
  const words = ['config', '--blob', entry.id, '--no-includes', '-z', '--list'];
  try {
    const output = await git(place.gitDir, words, { environment: place.environment });
    return parseModules(output.toString('latin1'));
  } catch (cause) {
    throw errors.E_SUBMODULE_FILE({ cause }, { cause });
  }
}

function rulesOf({ config }: SubmoduleAccess) {
  return { ...config.git.submodules, hosts: [hostname().toLowerCase(), config.domainSuffix] };
}

async function locate(
  path: string,
  commit: string,
  address: Address,
  access: SubmoduleAccess,
): Promise<Origin> {
  const from = address.kind === 'here' ? address.repository : shownAddress(address.url);
  access.output(`submodule ${path}: ${from} at ${commit.slice(0, 12)}`);
  const gitDir =
    address.kind === 'here'
      ? await ownRepository(path, commit, address.repository, access)
      : await fetchedRepository(path, commit, address.url, access);
  return { address, place: { gitDir, revision: commit } };
}

async function ownRepository(
  path: string,
  commit: string,
  repository: SiteName,
  { config, mayRead }: SubmoduleAccess,
): Promise<string> {
  const gitDir = repositoryPath(config.dataDir, repository);
  // One answer for both: who may not read learns nothing of what there is.
  if (!(await mayRead(repository)) || !(await exists(gitDir)))
    throw errors.E_SUBMODULE_UNKNOWN({ path, repository });
  await git(gitDir, ['cat-file', '-e', `${commit}^{commit}`]).catch((cause: unknown) => {
    throw errors.E_SUBMODULE_COMMIT({ path, address: repository, commit }, { cause });
  });
  return gitDir;
}

async function fetchedRepository(
  path: string,
  commit: string,
  url: string,
  { config }: SubmoduleAccess,
): Promise<string> {
  const limits = { megabytes: config.git.maxPushMegabytes, seconds: config.git.maxPushSeconds };
  return fetchCommit(config.dataDir, url, commit, limits).catch((cause: unknown) => {
    throw errors.E_SUBMODULE_FETCH({ path, address: shownAddress(url), commit, cause }, { cause });
  });
}
