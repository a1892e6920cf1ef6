/** What a push means: which sites it deploys, which it takes away, and what is said of the rest. Pure. */
import {
  type BranchRef,
  branchOf,
  isOctohostError,
  messageOf,
  type Origin,
  parseBranchRef,
  type Revision,
  type SiteName,
  siteOfBranch,
} from '../../core/index.ts';
import { errors } from './errors.ts';
import { isNothing, type Update } from './hook-request.ts';

/** A branch that is deployed to a site. */
export interface Target {
  readonly site: SiteName;
  readonly origin: Origin;
  readonly revision: Revision;
}

/** A branch that is deleted; the site that it means, where its name makes one. */
export interface Deletion {
  readonly ref: string;
  readonly site?: SiteName;
}

export interface PushedRefs {
  readonly targets: readonly Target[];
  readonly deletions: readonly Deletion[];
  /** Tags and notes that git keeps, and of which nothing is deployed. */
  readonly kept: readonly string[];
  /** Those that are deleted. */
  readonly dropped: readonly string[];
}

/** Each makes a site, and all are built, started and checked side by side. */
const maxBranches = 30;

const isBranch = ({ ref }: Update) => ref.startsWith('refs/heads/');

/** A line about one site. */
export interface SiteLine {
  readonly site: SiteName;
  readonly line: string;
}

/** What has come and where it goes, a line for each branch that is deployed: `app: main at 1a2b3c4`. */
export function arrivals({ targets }: Pick<PushedRefs, 'targets'>): SiteLine[] {
  return targets.map(({ site, origin, revision }) => ({
    site,
    line: `       ${site}: ${branchOf(origin.ref)} at ${revision.slice(0, 7)}`,
  }));
}

/** Sorts what is pushed; refuses what no site can be made of. */
export function sortUpdates(repository: SiteName, updates: readonly Update[]): PushedRefs {
  const others = updates.filter(({ ref }) => /^refs\/(?:tags|notes)\//.test(ref));
  const foreign = updates.find((update) => !isBranch(update) && !others.includes(update));
  if (foreign) throw errors.E_PUSH_REF({ ref: foreign.ref });
  const branches = updates.filter(isBranch);
  const targets = branches
    .filter(({ after }) => !isNothing(after))
    .map(({ ref, after }): Target => {
      const origin = { repository, ref: parseBranchRef(ref) };
      return { origin, revision: after, site: siteOf(origin) };
    });
  if (targets.length > maxBranches) throw errors.E_PUSH_MANY({ count: targets.length, max: maxBranches });
  refuseSameSite(targets);
  const deletions = branches.filter(({ after }) => isNothing(after));
  return {
    targets,
    deletions: deletions.map(({ ref }) => deletionOf(repository, ref)),
    kept: others.filter(({ after }) => !isNothing(after)).map(({ ref }) => ref),
    dropped: others.filter(({ after }) => isNothing(after)).map(({ ref }) => ref),
  };
}

function siteOf({ repository, ref }: Origin): SiteName {
  try {
    return siteOfBranch(repository, ref);
  } catch (cause) {
    const branch = branchOf(ref);
    const name = branch
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 20);
    throw errors.E_PUSH_NAME({ branch, problem: messageOf(cause), name: name || 'name' }, { cause });
  }
}

function refuseSameSite(targets: readonly Target[]): void {
  for (const [site, same] of Map.groupBy(targets, (target) => target.site))
    if (same.length > 1) throw errors.E_PUSH_SAME_SITE({ site, refs: same.map(({ origin }) => origin.ref) });
}

/** A branch whose name makes no site deploys none; it may still be deleted. */
function deletionOf(repository: SiteName, ref: string): Deletion {
  try {
    return { ref, site: siteOfBranch(repository, parseBranchRef(ref)) };
  } catch (error) {
    if (isOctohostError(error)) return { ref };
    throw error;
  }
}

/** Every site that is deployed, or that a deleted branch means. */
export function sitesOf({ targets, deletions }: PushedRefs): SiteName[] {
  return [...new Set([...targets, ...deletions].flatMap(({ site }) => (site ? [site] : [])))];
}

/** git cannot keep a ref `a` beside a ref `a/b`, not even where the same push deletes one of them. */
export function refuseConflicts(updates: readonly Update[], there: Iterable<string>): void {
  const made = updates.filter(({ after }) => !isNothing(after)).map(({ ref }) => ref);
  const all = [...there, ...made];
  for (const ref of made) {
    const other = all.find((one) => one.startsWith(`${ref}/`) || ref.startsWith(`${one}/`));
    if (other !== undefined) throw errors.E_PUSH_BESIDE({ ref, other });
  }
}

/** git takes each ref by itself; a push is one transaction, so one that git refuses takes the others with it. */
export function refusePart(pushed: readonly Update[], taken: readonly Update[]): void {
  const refused = pushed.find(({ ref }) => !taken.some((one) => one.ref === ref));
  if (refused) throw errors.E_PUSH_PART({ ref: refused.ref });
}

/** The pusher decided on what it saw: where that is no longer so, it has to look again. */
export function refuseMoved(updates: readonly Update[], refs: ReadonlyMap<string, string>): void {
  for (const { ref, before, after } of updates) {
    const now = refs.get(ref);
    if (now === after) throw errors.E_PUSH_THERE({ ref });
    if (isNothing(before) ? now !== undefined : now !== before) throw errors.E_PUSH_MOVED({ ref });
  }
}

/** What is known of a site that a push touches. */
export interface Held {
  /** The branch that deploys it. */
  readonly origin: Origin;
  /** Whether that branch is still there. */
  readonly exists: boolean;
  readonly stopped: boolean;
}

/**
 * The branch that gives the site up to the pushed one: it is gone, this push deletes it, or the two are main and master
 * and the pushed one comes alone.
 */
export function takesFrom(target: Target, pushed: PushedRefs, held: Held | undefined): Origin | undefined {
  if (!held) return undefined;
  const { origin } = held;
  const sameRepository = origin.repository === target.origin.repository;
  const deleted = sameRepository && pushed.deletions.some(({ ref }) => ref === origin.ref);
  const alone =
    pushed.targets.length === 1 && sameRepository && isDefault(origin.ref) && isDefault(target.origin.ref);
  return !held.exists || deleted || alone ? origin : undefined;
}

const isDefault = (ref: BranchRef) => ref === 'refs/heads/main' || ref === 'refs/heads/master';

/** What becomes of the sites whose branches are deleted. */
export interface Deleted {
  /** Sites that are stopped: the branch deploys them, and no pushed branch takes its place. */
  readonly stops: readonly SiteName[];
  /** A line for each deletion. */
  readonly remarks: readonly string[];
}

export function readDeletions(
  repository: SiteName,
  { targets, deletions }: PushedRefs,
  held: ReadonlyMap<SiteName, Held>,
): Deleted {
  const stops: SiteName[] = [];
  const remarks: string[] = [];
  for (const { ref, site } of deletions) {
    const branch = branchOf(ref);
    const now = site && held.get(site);
    const deploys = now && now.origin.repository === repository && now.origin.ref === ref && !now.stopped;
    if (!site || !deploys)
      remarks.push(`branch ${branch} is deleted; no site runs from it, so nothing else changes`);
    else if (!targets.some((target) => target.site === site)) {
      stops.push(site);
      remarks.push(
        `branch ${branch} is deleted: ${site} stops; its configuration, releases and volumes stay until octo remove ${site}`,
      );
    }
  }
  return { stops, remarks };
}
