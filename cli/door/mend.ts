/** What pushes that were killed left in the repositories: refs that were to move, repositories without a name. */
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  type Action,
  type Convergence,
  type Engine,
  isSameOrigin,
  isSiteName,
  type Operation,
  parseBranchRef,
  type SiteName,
  siteOfBranch,
} from '../../core/index.ts';
import { exists } from '../exists.ts';
import { processFacts } from '../open-engine.ts';
import { mendRefs, type NewRef, pendingRefs } from './ref-updates.ts';
import { releaseRef } from './release-ref.ts';
import { mendRenamed, readRenaming, withRepositories } from './renamed-repository.ts';
import { isWhole, nameRepository, readRefs, repositoryPath } from './repository.ts';
import { isUnnamed, makerOf } from './unnamed.ts';

/** The current release of any site, also of one that whoever asks may not read: it is told nobody. */
type Current = Engine['current'];

/**
 * Makes the refs of a repository agree with the releases after a push that was killed; gives the refs as they are then.
 * Under the lease of the repository.
 */
export async function mendRepository(
  path: string,
  name: SiteName,
  current: Current,
): Promise<ReadonlyMap<string, string>> {
  return mendRefs(path, await readRefs(path), (ref, revision) => keptBy(current, name, ref, revision));
}

/** The ref that keeps the current release of a branch's site, if it was made of this revision. */
async function keptBy(
  current: Current,
  name: SiteName,
  ref: string,
  revision: string,
): Promise<NewRef | undefined> {
  if (!ref.startsWith('refs/heads/')) return undefined;
  const origin = { repository: name, ref: parseBranchRef(ref) };
  const release = await current(siteOfBranch(name, origin.ref));
  const fits = release?.revision === revision && release.origin && isSameOrigin(release.origin, origin);
  return fits ? releaseRef(release) : undefined;
}

/** A repository that a push left which was killed. */
export interface Unfinished {
  readonly site: SiteName;
  /** Refs that were to move; none of one that never got its name. */
  readonly refs: readonly string[];
}

/** What `mendRepositories` would work on; those that are being pushed to count too. */
export async function unfinishedRepositories(dataDir: string): Promise<readonly Unfinished[]> {
  const found = await Promise.all(
    (await repositoriesIn(dataDir)).map(async ({ path, name, site }): Promise<Unfinished[]> => {
      if (isUnnamed(name)) return makerIsGone(name) ? [{ site, refs: [] }] : [];
      const refs = pendingRefs(await readRefs(path)).map(({ meant }) => meant);
      return refs.length > 0 ? [{ site, refs }] : [];
    }),
  );
  return found.flat();
}

async function repositoriesIn(dataDir: string): Promise<{ path: string; name: string; site: SiteName }[]> {
  const folder = join(dataDir, 'repositories');
  const names: string[] = await readdir(folder).catch(() => []);
  return names.toSorted().flatMap((name) => {
    const site = makerOf(name)?.name ?? name.replace(/\.git$/, '');
    return isSiteName(site) ? [{ path: join(folder, name), name, site }] : [];
  });
}

function makerIsGone(name: string): boolean {
  const maker = makerOf(name);
  return maker !== undefined && !processFacts().isAlive(maker.pid);
}

/**
 * The part of converge that is the door's: does what a killed push, or a rename, did not come to. Each repository under its
 * lease; a push that runs is waited for.
 * @param only the name of the one that is meant; left out: all
 */
export async function mendRepositories(
  engine: Engine,
  operation: Operation,
  only?: SiteName,
): Promise<Convergence> {
  const actions: Action[] = [];
  const problems: { site: SiteName; error: unknown }[] = [];
  const all = await repositoriesIn(engine.config.dataDir);
  for (const { path, name, site } of all.filter((one) => only === undefined || one.site === only)) {
    const mendOne = isUnnamed(name) ? mendUnnamed : mendNamed;
    try {
      actions.push(...(await mendOne(engine, path, site, operation)));
    } catch (error) {
      problems.push({ site, error });
    }
  }
  return { actions, problems };
}

async function mendNamed(
  engine: Engine,
  path: string,
  site: SiteName,
  operation: Operation,
): Promise<Action[]> {
  if (pendingRefs(await readRefs(path)).length === 0) return [];
  return engine.exclusively(site, operation, async () => mendUnder(engine, path, site));
}

async function mendUnder(engine: Engine, path: string, site: SiteName): Promise<Action[]> {
  const before = await readRefs(path);
  const after = await mendRepository(path, site, (other) => engine.current(other));
  return pendingRefs(before).map(({ meant }) => ({
    site,
    did: after.get(meant) === before.get(meant) ? `forgot a push to ${meant}` : `moved ${meant} to what runs`,
  }));
}

/** Whether one of its branches is what a site runs. */
async function holdsWhatRuns(engine: Engine, path: string, name: SiteName): Promise<boolean> {
  const refs = [...(await readRefs(path))];
  const kept = await Promise.all(
    refs.map(([ref, revision]) => keptBy((site) => engine.current(site), name, ref, revision)),
  );
  return kept.some((release) => release !== undefined);
}

/** The push, or the rename, that made it has ended without giving it its name. */
async function mendUnnamed(
  engine: Engine,
  path: string,
  site: SiteName,
  operation: Operation,
): Promise<Action[]> {
  if (!makerIsGone(basename(path))) return [];
  const renaming = await readRenaming(path);
  if (renaming)
    return withRepositories(engine, [renaming.origin.repository, site], operation, async () => [
      { site, did: await mendRenamed(engine, path, renaming) },
    ]);
  return engine.exclusively(site, operation, async () => {
    const mended = (await isWhole(path)) ? await mendUnder(engine, path, site) : undefined;
    const named = repositoryPath(engine.config.dataDir, site);
    if (mended && (await holdsWhatRuns(engine, path, site)) && !(await exists(named))) {
      await nameRepository(path, named);
      return [...mended, { site, did: 'named the repository of a push that was killed' }];
    }
    await rm(path, { recursive: true, force: true });
    return [{ site, did: 'removed the repository of a push that did not come to its end' }];
  });
}
