/** Commits of submodules that were fetched from elsewhere: each in a repository of its own, whole or not there. */
import { createHash } from 'node:crypto';
import { rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from '../exists.ts';
import { type FetchLimits, LimitPassed, runFetch } from './git-fetch.ts';
import { git } from './git-process.ts';
import { dropUntouched, isUnnamed, makeUnnamed } from './unnamed.ts';

const unusedDays = 30;

/**
 * The repository that holds the commit; fetched where it is not there yet. Rejects with git's own words, or with the
 * limit that was passed.
 * @param url one that `resolveAddress` gave
 */
export async function fetchCommit(
  dataDir: string,
  url: string,
  commit: string,
  limits: FetchLimits,
): Promise<string> {
  const folder = join(dataDir, 'submodules');
  const name = createHash('sha256').update(`${url}\n${commit}`).digest('hex').slice(0, 40);
  const path = join(folder, `${name}.git`);
  if (await exists(path)) {
    await utimes(path, new Date(), new Date());
    return path;
  }
  // What no push has used for long, and what a killed process left.
  await dropUntouched(folder, (other) => (isUnnamed(other) ? 1 : unusedDays));
  const fresh = await makeUnnamed(folder, name);
  try {
    const format = `--object-format=${commit.length === 64 ? 'sha256' : 'sha1'}`;
    await git(fresh, ['init', '--quiet', '--bare', '--initial-branch=main', '--template=', format]);
    await fetchInto(fresh, url, commit, limits);
    await rename(fresh, path).catch(async (cause: unknown) => {
      // Another push has fetched the same at the same time.
      if (!(await exists(path))) throw cause;
    });
    return path;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Not every server gives a single commit that is no branch's: then all branches and tags are taken. */
async function fetchInto(path: string, url: string, commit: string, limits: FetchLimits): Promise<void> {
  const deadline = Date.now() + limits.seconds * 1000;
  try {
    await runFetch({ path, url, refspecs: [commit], depth: 1 }, limits, deadline);
  } catch (error) {
    if (error instanceof LimitPassed) throw error;
    const refspecs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
    await runFetch({ path, url, refspecs }, limits, deadline);
  }
  await git(path, ['cat-file', '-e', `${commit}^{commit}`]).catch((cause: unknown) => {
    throw new Error('none of its branches and tags has that commit', { cause });
  });
}
