/** One push, from what git's hook hands over to what became of it. */

import {
  type AccessKey,
  allows,
  type Engine,
  messageOf,
  type Operation,
  type Outcome,
  type Push,
  type SiteName,
} from '../../core/index.ts';
import { exists } from '../exists.ts';
import { previewLines } from '../render/preview.ts';
import { errors } from './errors.ts';
import { type GitTree, gitTree } from './git-tree.ts';
import { requireRight } from './guard.ts';
import type { HookRequest } from './hook-request.ts';
import { mendRepository } from './mend.ts';
import type { PushOptions } from './push-options.ts';
import { prepareRefs } from './ref-updates.ts';
import { releaseRef } from './release-ref.ts';
import { hasBranch, type Repository, readRefs, repositoryPath } from './repository.ts';
import type { Talk } from './talk.ts';
import {
  type Deleted,
  type Held,
  type PushedRefs,
  readDeletions,
  refuseConflicts,
  refuseMoved,
  sitesOf,
  type Target,
  takesFrom,
} from './updates.ts';

/** Who pushes what. */
export interface Visit {
  readonly engine: Engine;
  /** Of any site, also of one that the key may not read: what was interrupted is mended for everybody. */
  readonly current: Engine['current'];
  readonly key: AccessKey;
  /** The name that is pushed to. */
  readonly name: SiteName;
  readonly repository: Repository;
  readonly request: HookRequest;
  readonly pushed: PushedRefs;
  readonly options: PushOptions;
}

/** What a push made current; the refs that go with it are moved, and the repository has its name. */
export interface Accepted {
  readonly releases: readonly { readonly target: Target; readonly outcome: Outcome }[];
  readonly stops: readonly SiteName[];
}

/** What a push asks of the engine. */
interface Request extends Deleted {
  readonly pushes: readonly (Push & { readonly source: { readonly tree: GitTree } })[];
}

/** Refuses a push for one of its sites as a whole. */
export function requireRights({ key, pushed }: Pick<Visit, 'key' | 'pushed'>): void {
  for (const site of sitesOf(pushed)) requireRight(key, 'deploy', site);
}

/**
 * Deploys what is pushed and moves the refs, all or nothing. git has kept the objects, finds what it would refuse before
 * any work is done, and holds the refs until the deploy has ended. Under the lease of the repository.
 * @throws what refuses the push
 */
export async function deployPush(visit: Visit, talk: Talk, operation: Operation): Promise<Accepted> {
  const { repository, request } = visit;
  const { path } = repository;
  const { pushes, stops, remarks } = await readPush(visit, talk, mend(visit));
  const refs = await prepareRefs(path, request.updates);
  const accepted = await deployAll(visit, { pushes, stops, remarks }, talk, operation).catch(
    async (error: unknown) => {
      await refs.release();
      // What fails here the next push does.
      await mendRefused(visit).catch(() => {});
      throw error;
    },
  );
  const kept = accepted.releases.map(({ outcome }) => releaseRef(outcome.release));
  const committed = refs.commit(kept).then(() => repository.keep());
  if (pushes.length === 0 && stops.length === 0) await committed;
  // The new version serves: what fails from here on does not refuse the push, and is mended by the next one.
  else await committed.catch((error: unknown) => talk.say(`warning: ${messageOf(error)}`));
  return accepted;
}

/** After what was interrupted; gives the refs as they are then. */
function mend({ repository, name, current }: Visit): Promise<ReadonlyMap<string, string>> {
  return mendRepository(repository.path, name, current);
}

/** A push whose release is current all the same, because its switch could not be undone, has its refs moved. */
async function mendRefused(visit: Visit): Promise<void> {
  const refs = await mend(visit);
  if (visit.pushed.targets.some(({ origin }) => refs.has(origin.ref))) await visit.repository.keep();
}

async function deployAll(
  { engine, pushed }: Visit,
  { pushes, stops, remarks }: Request,
  talk: Talk,
  operation: Operation,
): Promise<Accepted> {
  for (const remark of [...remarks, ...otherRemarks(pushed)]) talk.say(remark);
  if (pushes.length === 0 && stops.length === 0) return { releases: [], stops };
  try {
    const outcomes = await engine.deploy(pushes, operation, stops);
    const releases = outcomes.map((outcome, index) => ({ outcome, target: pushed.targets[index] as Target }));
    return { releases, stops };
  } finally {
    await Promise.all(pushes.map(({ source }) => source.tree.examined));
  }
}

/** Tells what the push would do; it does nothing, and needs no lease. Throws what would refuse the push. */
export async function planPush(visit: Visit, talk: Talk, operation: Operation): Promise<void> {
  const { repository, request } = visit;
  const found = readRefs(repository.path);
  const { pushes, stops, remarks } = await readPush(visit, talk, found, request.environment);
  const preview = await visit.engine.preview(pushes, operation, stops);
  await Promise.all(pushes.map(({ source }) => source.tree.examined));
  for (const line of [...previewLines(preview), ...remarks, ...otherRemarks(visit.pushed)]) talk.say(line);
  talk.say('This was the plan. Nothing was changed, and the push is not accepted.');
}

/**
 * Reads what is pushed while the refs are found, and refuses what can be said better than git would say it. Nothing is
 * read any more when it returns or throws.
 * @param environment where git keeps what is pushed and not accepted yet
 */
async function readPush(
  visit: Visit,
  talk: Talk,
  found: Promise<ReadonlyMap<string, string>>,
  environment: HookRequest['environment'] = {},
): Promise<Request> {
  const trees = readTrees(visit, talk, environment);
  const read = found.then((refs) => requestOf(visit, refs, trees));
  await Promise.allSettled([read, ...trees]);
  return read;
}

/** The tree of each target, in their order. */
function readTrees(
  { engine, key, name, repository, pushed }: Visit,
  talk: Talk,
  environment: HookRequest['environment'],
): readonly Promise<GitTree>[] {
  return pushed.targets.map(({ site, revision }) =>
    gitTree({
      gitDir: repository.path,
      revision,
      environment,
      submodules: {
        config: engine.config,
        repository: name,
        mayRead: (other) => allows(key, 'read', other),
        output: (line) => talk.reporter.output(site, line),
      },
      remark: (line) => talk.reporter.warn(site, line),
    }),
  );
}

async function requestOf(
  visit: Visit,
  refs: ReadonlyMap<string, string>,
  trees: readonly Promise<GitTree>[],
): Promise<Request> {
  const { engine, name, repository, request, pushed } = visit;
  const [first = { ref: '' }] = request.updates;
  if (repository.isNew && (await exists(repositoryPath(engine.config.dataDir, name))))
    throw errors.E_PUSH_MOVED(first);
  refuseMoved(request.updates, refs);
  refuseConflicts(request.updates, refs.keys());
  refuseEmpty(visit);
  const held = await readHeld(visit, refs);
  const found = await Promise.all(trees);
  const pushes = pushed.targets.map((target, index) =>
    pushOf(visit, target, held.get(target.site), found[index] as GitTree),
  );
  return { pushes, ...readDeletions(name, pushed, held) };
}

/** A repository takes its name for a branch; tags alone make no site. */
function refuseEmpty({ repository, pushed, request }: Visit): void {
  if (repository.isNew && pushed.targets.length === 0)
    throw errors.E_PUSH_NOTHING({ refs: request.updates.map(({ ref }) => ref) });
}

async function readHeld(
  { engine, name, pushed }: Visit,
  refs: ReadonlyMap<string, string>,
): Promise<Map<SiteName, Held>> {
  const held = await Promise.all(
    sitesOf(pushed).map(async (site): Promise<[SiteName, Held][]> => {
      const origin = (await engine.current(site))?.origin;
      if (!origin) return [];
      const here = origin.repository === name;
      const isThere = here ? refs.has(origin.ref) : await hasBranch(engine.config.dataDir, origin);
      const deleted = pushed.deletions.some((deletion) => deletion.site === site);
      const stopped = deleted && (await engine.status(site)).state === 'stopped';
      return [[site, { origin, exists: isThere, stopped }]];
    }),
  );
  return new Map(held.flat());
}

function pushOf(
  { pushed, options }: Visit,
  target: Target,
  held: Held | undefined,
  tree: GitTree,
): Request['pushes'][number] {
  const { site, origin, revision } = target;
  const from = takesFrom(target, pushed, held);
  return {
    site,
    revision,
    origin,
    ...(from ? { takesFrom: from } : {}),
    ...(options.message ? { message: options.message } : {}),
    force: options.force,
    source: { kind: 'tree', tree },
  };
}

function otherRemarks({ kept, dropped }: PushedRefs): string[] {
  return [
    ...(kept.length > 0 ? [`kept, and nothing is deployed of it: ${kept.join(', ')}`] : []),
    ...(dropped.length > 0 ? [`deleted, and nothing else changes: ${dropped.join(', ')}`] : []),
  ];
}
