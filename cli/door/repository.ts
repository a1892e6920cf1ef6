/** Where pushed repositories are kept. A repository takes its name only when a ref was updated. */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckRepoActions } from 'simple-git';
import { isSiteName, type Origin, parseBranchRef, type SiteName, siteOfBranch } from '../../core/index.ts';
import { exists } from '../exists.ts';
import { errors } from './errors.ts';
import { git, repositoryGit, startGit } from './git-process.ts';
import { setRefs } from './ref-updates.ts';
import { siteOfReleaseRef } from './release-ref.ts';
import { dropUnnamed, dropUntouched, makeUnnamed } from './unnamed.ts';

const maxRefsBytes = 256 * 1024 * 1024;

/** git's own name for what is received and not accepted yet. */
const incoming = 'tmp_objdir-incoming-';

export interface Repository {
  readonly path: string;
  /** True until it has its name: nothing was ever accepted into it. */
  readonly isNew: boolean;
  /** Gives a new repository its name. */
  keep(): Promise<void>;
  /** Takes a new repository away that nothing was accepted into. */
  drop(): Promise<void>;
}

export function repositoryPath(dataDir: string, site: SiteName): string {
  return join(dataDir, 'repositories', `${site}.git`);
}

/**
 * The repository of a site; for the first push a new one under a name of its own, which nobody can ask for.
 * @throws E_REPOSITORY_NEW where it cannot be made
 */
export async function openRepository(dataDir: string, site: SiteName): Promise<Repository> {
  const path = repositoryPath(dataDir, site);
  if (await exists(path)) {
    // Of pushes that were killed: none takes a day.
    await dropUntouched(join(path, 'objects'), (name) => (name.startsWith(incoming) ? 1 : Infinity));
    return { path, isNew: false, keep: async () => {}, drop: async () => {} };
  }
  const { path: fresh, drop } = await makeRepository(dataDir, site);
  return { path: fresh, isNew: true, keep: () => nameRepository(fresh, path), drop };
}

/** A new one that is to have this name. @throws E_REPOSITORY_NEW where it cannot be made */
export async function makeRepository(
  dataDir: string,
  name: SiteName,
): Promise<Pick<Repository, 'path' | 'drop'>> {
  const folder = join(dataDir, 'repositories');
  await dropUnnamed(folder);
  const fresh = await makeUnnamed(folder, name);
  // Its name is another one once it was kept.
  const drop = () => rm(fresh, { recursive: true, force: true });
  try {
    // An empty template: nothing of the host's own hooks or settings comes in.
    await repositoryGit(fresh).init(true, ['--initial-branch=main', '--template=']);
  } catch (cause) {
    await drop();
    throw errors.E_REPOSITORY_NEW({ folder, cause }, { cause });
  }
  return { path: fresh, drop };
}

/** False for what a git that was killed, or found no room, left half made. */
export function isWhole(path: string): Promise<boolean> {
  return repositoryGit(path).checkIsRepo(CheckRepoActions.BARE);
}

/** Gives a new repository its name, for everybody to see. */
export async function nameRepository(fresh: string, path: string): Promise<void> {
  await pointHead(fresh);
  await rename(fresh, path);
}

/** Every ref with what it points at; hidden ones too. Not through simple-git, which waits 50 ms for a git that is silent. */
export async function readRefs(path: string): Promise<Map<string, string>> {
  const listed = await git(path, ['for-each-ref', '--format=%(objectname) %(refname)'], {
    maxBytes: maxRefsBytes,
  });
  const lines = listed
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

/** The refs of a repository here; none where there is no such repository. */
export async function refsHere(dataDir: string, name: SiteName): Promise<ReadonlyMap<string, string>> {
  const path = repositoryPath(dataDir, name);
  return (await exists(path)) ? readRefs(path) : new Map();
}

/** Whether a branch is still there, in whichever repository. */
export async function hasBranch(dataDir: string, { repository, ref }: Origin): Promise<boolean> {
  return (await refsHere(dataDir, repository)).has(ref);
}

/** A clone checks out what HEAD names: the branch that was pushed first, where there is no main. */
async function pointHead(path: string): Promise<void> {
  const branches = [...(await readRefs(path)).keys()].filter((ref) => ref.startsWith('refs/heads/'));
  const [first] = branches.toSorted((a, b) => rank(a) - rank(b));
  if (first) await git(path, ['symbolic-ref', 'HEAD', first]);
}

const rank = (ref: string) => ['refs/heads/main', 'refs/heads/master'].indexOf(ref) >>> 0;

/** Packs what many pushes left loose; goes on when this process has ended. */
export function tidyInBackground(path: string): void {
  // What git keeps for a push that is not accepted yet, gc leaves alone for two weeks.
  const words = [
    '-c',
    'gc.auto=6700',
    '-c',
    'gc.autoDetach=false',
    '--git-dir',
    path,
    'gc',
    '--auto',
    '--quiet',
  ];
  const gc = startGit(words, { stdio: 'ignore', ownGroup: true });
  gc.on('error', () => {});
  gc.unref();
}

/**
 * Takes away what the repositories hold of a removed site: its branch, so that the next push of the same commit is a
 * push, and its releases. A repository that nothing is left of goes with them.
 */
export async function forgetSite(dataDir: string, site: SiteName): Promise<void> {
  const folder = join(dataDir, 'repositories');
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const repository = name.replace(/\.git$/, '');
    if (isSiteName(repository)) await forgetIn(join(folder, name), repository, site);
  }
}

async function forgetIn(path: string, repository: SiteName, site: SiteName): Promise<void> {
  const refs = [...(await readRefs(path)).keys()];
  const gone = refs.filter((ref) => isOfSite(ref, repository, site));
  await setRefs(
    path,
    gone.map((ref) => ({ ref, after: '' })),
  );
  if (gone.length > 0 && gone.length === refs.length) await rm(path, { recursive: true, force: true });
}

/** Whether a ref is the branch of a site, or one of its releases. Pure. */
export function isOfSite(ref: string, repository: SiteName, site: SiteName): boolean {
  if (siteOfReleaseRef(ref) === site) return true;
  try {
    return siteOfBranch(repository, parseBranchRef(ref)) === site;
  } catch {
    // A tag, or a branch that makes no site.
    return false;
  }
}
