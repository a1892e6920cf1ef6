/** Refs of repositories in a backup: which go into it, and which are brought back. Pure. */
import { isSameOrigin, parseBranchRef, type Release, type SiteName, siteOfBranch } from '../../core/index.ts';
import { pendingRefs } from '../door/ref-updates.ts';
import { releaseRef } from '../door/release-ref.ts';
import { isOfSite } from '../door/repository.ts';
import type { Refs } from './manifest.ts';

/** The current release of a site at the moment of the backup. */
export type CurrentAt = (site: SiteName) => Release | undefined;

/**
 * A repository's refs as they are once a push is over that is between its pointer and its refs, or was killed there: the
 * releases say how it ended.
 */
export function settledRefs(
  name: SiteName,
  refs: ReadonlyMap<string, string>,
  current: CurrentAt,
): ReadonlyMap<string, string> {
  const settled = new Map(refs);
  for (const { ref, meant, after } of pendingRefs(refs)) {
    settled.delete(ref);
    const release = releaseOf(name, meant, current);
    if (release?.revision !== after) continue;
    settled.set(meant, after);
    const kept = releaseRef(release);
    settled.set(kept.ref, kept.after);
  }
  return settled;
}

function releaseOf(name: SiteName, ref: string, current: CurrentAt): Release | undefined {
  if (!ref.startsWith('refs/heads/')) return undefined;
  const origin = { repository: name, ref: parseBranchRef(ref) };
  const release = current(siteOfBranch(name, origin.ref));
  return release?.origin && isSameOrigin(release.origin, origin) ? release : undefined;
}

/** Of a repository, what belongs to these sites; its tags and notes go with the site of its main branch. */
export function refsOfSites(
  name: SiteName,
  refs: ReadonlyMap<string, string>,
  sites: readonly SiteName[],
): ReadonlyMap<string, string> {
  const isWanted = (ref: string) =>
    sites.some((site) => isOfSite(ref, name, site)) ||
    (/^refs\/(?:tags|notes)\//.test(ref) && sites.includes(name));
  return new Map([...refs].filter(([ref]) => isWanted(ref)));
}

/** What is to be done with a repository. */
export interface BroughtRefs {
  /** Refs that are not here yet. */
  readonly missing: Refs;
  /** Of sites that are restored: refs that are others here. */
  readonly conflicts: readonly string[];
}

/**
 * Refs that are here stay as they are: whatever was pushed here since counts.
 * @param restored sites that are not here yet
 */
export function refsToBring(
  name: SiteName,
  wanted: Refs,
  here: ReadonlyMap<string, string>,
  restored: readonly SiteName[],
): BroughtRefs {
  const all = Object.entries(wanted);
  const differing = all.filter(([ref, revision]) => (here.get(ref) ?? revision) !== revision);
  return {
    missing: Object.fromEntries(all.filter(([ref]) => !here.has(ref))),
    conflicts: differing
      .map(([ref]) => ref)
      .filter((ref) => restored.some((site) => isOfSite(ref, name, site))),
  };
}
