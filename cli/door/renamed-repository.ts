/**
 * The repository of a site that gets another name: from then on it has one of its own, with its branch, the revisions of its
 * releases, and all tags. It is made under a name that nobody asks for; what it has leaves the one of before, and it takes its
 * own name, when the site has it. A note in it tells whoever mends a killed rename what it is for.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type Engine, isSiteName, type Operation, type Origin, type SiteName } from '../../core/index.ts';
import { exists } from '../exists.ts';
import { errors } from './errors.ts';
import { indexPack, packRepository } from './packs.ts';
import { type NewRef, setRefs } from './ref-updates.ts';
import { releasesOf, siteOfReleaseRef } from './release-ref.ts';
import {
  isOfSite,
  makeRepository,
  nameRepository,
  readRefs,
  refsHere,
  repositoryPath,
} from './repository.ts';
import { renamingNote } from './unnamed.ts';

/** A site, its name to be, and the branch that it is deployed from until then. */
export interface Renaming {
  readonly from: SiteName;
  readonly to: SiteName;
  readonly origin: Origin;
}

export interface RenamedRepository {
  /**
   * The site has its new name: the branch and its releases leave the repository of before.
   * @param origin the branch as the site has it now
   */
  keep(origin: Origin): Promise<void>;
  /** It does not. */
  drop(): Promise<void>;
}

const noteShape = z.object({
  from: z.string().check(z.refine(isSiteName)),
  to: z.string().check(z.refine(isSiteName)),
  origin: z.object({ repository: z.string().check(z.refine(isSiteName)), ref: z.string() }),
});

/**
 * Under the leases of both repositories.
 * @param refs of the repository of before
 * @returns undefined where it has nothing of the site
 * @throws E_RENAME_REPOSITORY where one of the new name has such a branch already
 */
export async function prepareRenamed(
  dataDir: string,
  renaming: Renaming,
  refs: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<RenamedRepository | undefined> {
  const { to, origin } = renaming;
  const wanted = renamedRefs(refs, renaming);
  if (wanted.length === 0) return undefined;
  const taken = [...(await refsHere(dataDir, to)).keys()].find((ref) => isOfSite(ref, to, to));
  if (taken !== undefined) throw errors.E_RENAME_REPOSITORY({ name: to, ref: taken });
  const repository = await makeRepository(dataDir, to);
  try {
    const revisions = wanted.map(({ after }) => after);
    const before = repositoryPath(dataDir, origin.repository);
    await indexPack(repository.path, packRepository(before, revisions, signal));
    await setRefs(repository.path, wanted);
    await writeFile(join(repository.path, renamingNote), JSON.stringify(renaming), { flush: true });
  } catch (error) {
    await repository.drop();
    throw error;
  }
  return { keep: (now) => takeOver(dataDir, repository.path, renaming, now), drop: repository.drop };
}

/** Of a repository's refs, those that a site takes along, its releases under its new name. Pure. */
export function renamedRefs(refs: ReadonlyMap<string, string>, { from, to, origin }: Renaming): NewRef[] {
  const known = [...refs].filter(([ref]) => isOwn(ref, from, origin));
  if (known.length === 0) return [];
  const shared = [...refs].filter(([ref]) => isShared(ref));
  return [
    ...known.map(([ref, after]) => ({ ref: ref.replace(releasesOf(from), releasesOf(to)), after })),
    ...shared.map(([ref, after]) => ({ ref, after })),
  ];
}

/** Tags and notes are of a repository, whichever of its sites they are about. */
const isShared = (ref: string) => /^refs\/(?:tags|notes)\//.test(ref);

function isOwn(ref: string, site: SiteName, origin: Origin): boolean {
  if (siteOfReleaseRef(ref) === site || ref === origin.ref) return true;
  // Both mean the site itself.
  return isDefault(origin.ref) && isDefault(ref);
}

const isDefault = (ref: string) => ref === 'refs/heads/main' || ref === 'refs/heads/master';

/** What a repository in the making is for; undefined for that of a push, or of a rename that was killed before it began. */
export async function readRenaming(path: string): Promise<Renaming | undefined> {
  try {
    return noteShape.parse(JSON.parse(await readFile(join(path, renamingNote), 'utf8'))) as Renaming;
  } catch {
    return undefined;
  }
}

/** First out of the one, then the name of the other: killed in between, it is still known by its note. */
async function takeOver(dataDir: string, path: string, renaming: Renaming, now: Origin): Promise<void> {
  await takeOut(dataDir, renaming);
  await takeName(dataDir, path, renaming, now);
}

/** Where there is one of that name, what it lacks is brought into that. */
async function takeName(dataDir: string, path: string, { to, origin }: Renaming, now: Origin): Promise<void> {
  const tip = (await readRefs(path)).get(origin.ref);
  if (tip !== undefined && now.ref !== origin.ref)
    await setRefs(path, [
      { ref: now.ref, after: tip },
      { ref: origin.ref, after: '' },
    ]);
  const named = repositoryPath(dataDir, to);
  if (!(await exists(named))) {
    await rm(join(path, renamingNote), { force: true });
    return nameRepository(path, named);
  }
  const here = await readRefs(named);
  const missing = [...(await readRefs(path))].filter(([ref]) => !here.has(ref));
  const revisions = missing.map(([, revision]) => revision);
  if (revisions.length > 0)
    await indexPack(named, packRepository(path, revisions, new AbortController().signal));
  await setRefs(
    named,
    missing.map(([ref, after]) => ({ ref, after })),
  );
  await rm(path, { recursive: true, force: true });
}

async function takeOut(dataDir: string, { from, origin }: Renaming): Promise<void> {
  const path = repositoryPath(dataDir, origin.repository);
  const refs = [...(await refsHere(dataDir, origin.repository)).keys()];
  if (refs.length === 0) return;
  const gone = refs.filter((ref) => isOwn(ref, from, origin));
  const left = refs.filter((ref) => !gone.includes(ref) && /^refs\/(?:heads|octohost)\//.test(ref));
  if (left.length === 0) return rm(path, { recursive: true, force: true });
  await setRefs(
    path,
    gone.map((ref) => ({ ref, after: '' })),
  );
}

/**
 * After a kill: does what is left to do where the site has its new name, and takes the repository away where it has not.
 * Under the leases of both. Returns what was done, in words.
 */
export async function mendRenamed(engine: Engine, path: string, renaming: Renaming): Promise<string> {
  const { dataDir } = engine.config;
  const { from, to } = renaming;
  // Releases alone are a history that was written for a name which never got its site.
  const renamed =
    (await engine.current(to)) && (await engine.releases(to)).findLast(({ reason }) => reason === 'rename');
  if (!renamed?.origin) {
    await rm(path, { recursive: true, force: true });
    return 'removed the repository of a rename that did not come to its end';
  }
  // A new site of the old name has that repository by now.
  if (await engine.current(from)) await takeName(dataDir, path, renaming, renamed.origin);
  else await takeOver(dataDir, path, renaming, renamed.origin);
  return `has the repository that ${from} had`;
}

/** Both repositories at once, in one order for everybody. */
export function withRepositories<Result>(
  engine: Engine,
  names: readonly SiteName[],
  operation: Operation,
  work: () => Promise<Result>,
): Promise<Result> {
  const [first, ...rest] = [...new Set(names)].toSorted();
  if (first === undefined) return work();
  return engine.exclusively(first, operation, () => withRepositories(engine, rest, operation, work));
}
