/** Where pushed repositories are kept. A repository takes its name only when a ref was updated. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSiteName, parseBranchRef, type Revision, type SiteName, siteOfBranch } from '../../core/index.ts';
import { git } from './git-process.ts';

const unnamed = '.new-';
const dayMs = 24 * 60 * 60 * 1000;
const maxRefBytes = 64 * 1024 * 1024;

export interface Repository {
  readonly path: string;
  /** Gives a new repository its name. */
  keep(): Promise<void>;
  /** Takes a new repository away that nothing was accepted into. */
  drop(): Promise<void>;
}

export function repositoryPath(dataDir: string, site: SiteName): string {
  return join(dataDir, 'repositories', `${site}.git`);
}

/**
 * The repository of a site, for one push at a time; for the first push a new one under a name of its own, which nobody
 * can ask for.
 */
export async function openRepository(dataDir: string, site: SiteName): Promise<Repository> {
  const path = repositoryPath(dataDir, site);
  if (await exists(path)) {
    await dropIncoming(path);
    return { path, keep: async () => {}, drop: async () => {} };
  }
  const folder = join(dataDir, 'repositories');
  await dropForgotten(folder);
  const fresh = join(folder, `${unnamed}${randomBytes(6).toString('hex')}.git`);
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  // An empty template: nothing of the host's own hooks or settings comes in.
  await git(fresh, ['init', '--quiet', '--bare', '--initial-branch=main', '--template=']);
  return {
    path: fresh,
    keep: () => rename(fresh, path),
    drop: () => rm(fresh, { recursive: true, force: true }),
  };
}

/** What was received of pushes that were ended halfway. */
async function dropIncoming(path: string): Promise<void> {
  const folder = join(path, 'objects');
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.startsWith('tmp_objdir-incoming-')))
    await rm(join(folder, name), { recursive: true, force: true });
}

/** New repositories whose process was killed: no push takes a day. */
async function dropForgotten(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(unnamed))) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > dayMs) await rm(path, { recursive: true, force: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The full names of all branches. */
export async function branchesOf(path: string): Promise<string[]> {
  return refsOf(path, 'refs/heads/');
}

/** The full names of all refs below one. */
async function refsOf(path: string, below: string): Promise<string[]> {
  const listed = await git(path, ['for-each-ref', '--format=%(refname)', below], { maxBytes: maxRefBytes });
  return listed
    .toString()
    .split('\n')
    .filter((ref) => ref !== '');
}

/** Keeps a release's revision reachable, whatever is pushed over its branch later. */
export async function keepRelease(
  path: string,
  site: SiteName,
  release: number,
  revision: Revision,
): Promise<void> {
  await git(path, ['update-ref', `refs/octohost/releases/${site}/${release}`, revision]);
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
  const refs = await refsOf(path, 'refs/');
  const gone = refs.filter((ref) => isOfSite(ref, repository, site));
  for (const ref of gone) await git(path, ['update-ref', '--no-deref', '-d', ref]);
  if (gone.length > 0 && gone.length === refs.length) await rm(path, { recursive: true, force: true });
}

/** Whether a ref is the branch of a site, or one of its releases. Pure. */
export function isOfSite(ref: string, repository: SiteName, site: SiteName): boolean {
  if (ref.startsWith(`refs/octohost/releases/${site}/`)) return true;
  try {
    return siteOfBranch(repository, parseBranchRef(ref)) === site;
  } catch {
    // A tag, or a branch that makes no site.
    return false;
  }
}
