/** Where pushed repositories are kept. A repository takes its name only when a ref was updated. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import type { Revision, SiteName } from '../../core/index.ts';

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

/** The repository of a site; for the first push a new one under a name of its own, which nobody can ask for. */
export async function openRepository(dataDir: string, site: SiteName): Promise<Repository> {
  const path = repositoryPath(dataDir, site);
  if (await exists(path)) return { path, keep: async () => {}, drop: async () => {} };
  const fresh = join(dataDir, 'repositories', `.new-${randomBytes(6).toString('hex')}.git`);
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  // An empty template: nothing of the host's own hooks or settings comes in.
  await simpleGit(fresh, { unsafe: { allowUnsafeTemplateDir: true } }).init(true, [
    '--initial-branch=main',
    '--template=',
  ]);
  return {
    path: fresh,
    keep: () => rename(fresh, path),
    drop: () => rm(fresh, { recursive: true, force: true }),
  };
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Keeps a release's revision reachable, whatever is pushed over its branch later. */
export async function keepRelease(
  path: string,
  site: SiteName,
  release: number,
  revision: Revision,
): Promise<void> {
  await simpleGit(path).raw('update-ref', `refs/octohost/releases/${site}/${release}`, revision);
}
