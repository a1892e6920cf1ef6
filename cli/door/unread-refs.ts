/** What a key does not get to see of a repository that it may read: the branches of sites that it may not read. */
import {
  type AccessKey,
  allows,
  isOctohostError,
  parseBranchRef,
  type SiteName,
  siteOfBranch,
} from '../../core/index.ts';
import { repositoryGit } from './git-process.ts';
import { readRefs } from './repository.ts';

/** Their refs, and HEAD where it names one of them: git still tells that name, and not what it points at. */
export async function findUnread(
  key: Pick<AccessKey, 'right' | 'sites'>,
  repository: SiteName,
  path: string,
): Promise<string[]> {
  if (allows(key, 'read', undefined)) return [];
  const refs = unreadBranches(key, repository, (await readRefs(path)).keys());
  const head = (await repositoryGit(path).raw('symbolic-ref', 'HEAD')).trim();
  return refs.includes(head) ? [...refs, 'HEAD'] : refs;
}

/** Pure. */
export function unreadBranches(
  key: Pick<AccessKey, 'right' | 'sites'>,
  repository: SiteName,
  refs: Iterable<string>,
): string[] {
  return [...refs].filter((ref) => {
    if (!ref.startsWith('refs/heads/')) return false;
    try {
      return !allows(key, 'read', siteOfBranch(repository, parseBranchRef(ref)));
    } catch (error) {
      // A branch whose name makes no site is the repository's own.
      if (isOctohostError(error)) return false;
      throw error;
    }
  });
}
