/** One push, from what git's hook hands over to what became of it. */
import {
  type AccessKey,
  allows,
  type Engine,
  type Operation,
  type Outcome,
  type Push,
  type SiteName,
} from '../../core/index.ts';
import { previewLines, stopPreviewLines } from '../render/preview.ts';
import { errors } from './errors.ts';
import { type GitTree, gitTree } from './git-tree.ts';
import { requireRight } from './guard.ts';
import type { HookRequest } from './hook-request.ts';
import type { PushOptions } from './push-options.ts';
import { exists, hasBranch, type Repository, readRefs, repositoryPath } from './repository.ts';
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
  readonly key: AccessKey;
  /** The name that is pushed to. */
  readonly name: SiteName;
  readonly repository: Repository;
  readonly request: HookRequest;
  readonly pushed: PushedRefs;
  readonly options: PushOptions;
}

/** What a push made current; git still has to move its refs. */
export interface Accepted {
  readonly releases: readonly { readonly target: Target; readonly outcome: Outcome }[];
  readonly stops: readonly SiteName[];
}

/** What a push asks of the engine. */
interface Request extends Deleted {
  readonly pushes: readonly (Push & { readonly source: { readonly tree: GitTree } })[];
}

/** Deploys what is pushed, all or nothing. Under the lease of the repository. Throws what refuses the push. */
export async function deployPush(visit: Visit, talk: Talk, operation: Operation): Promise<Accepted> {
  const { engine, pushed } = visit;
  const { pushes, stops, remarks } = await readPush(visit, talk);
  for (const remark of [...remarks, ...keptRemarks(pushed)]) talk.say(remark);
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
export async function planPush(visit: Visit, talk: Talk): Promise<void> {
  const { pushes, stops, remarks } = await readPush(visit, talk);
  const previews = await visit.engine.preview(pushes);
  const lines = [...previews.flatMap(previewLines), ...stops.flatMap(stopPreviewLines)];
  await Promise.all(pushes.map(({ source }) => source.tree.examined));
  for (const line of [...lines, ...remarks, ...keptRemarks(visit.pushed)]) talk.say(line);
  talk.say('This was the plan. Nothing was changed, and the push is not accepted.');
}

/** Looks at the repository as it is now: git would find some of it only when the new version already serves. */
async function readPush(visit: Visit, talk: Talk): Promise<Request> {
  const { engine, key, name, repository, request, pushed } = visit;
  for (const site of sitesOf(pushed)) requireRight(key, 'deploy', site);
  const [ref = { ref: '' }] = request.updates;
  if (repository.isNew && (await exists(repositoryPath(engine.config.dataDir, name))))
    throw errors.E_PUSH_MOVED(ref);
  const refs = await readRefs(repository.path);
  refuseMoved(request.updates, refs);
  refuseConflicts(
    pushed.targets,
    [...refs.keys()].filter((one) => one.startsWith('refs/heads/')),
  );
  refuseEmpty(visit);
  const held = await readHeld(visit, refs);
  const pushes = pushed.targets.map((target) => readTarget(visit, talk, target, held.get(target.site)));
  return { pushes: await Promise.all(pushes), ...readDeletions(name, pushed, held) };
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

async function readTarget(
  { engine, key, name, repository, request, pushed, options }: Visit,
  talk: Talk,
  target: Target,
  held: Held | undefined,
): Promise<Request['pushes'][number]> {
  const { site, origin, revision } = target;
  const tree = await gitTree({
    gitDir: repository.path,
    revision,
    environment: request.environment,
    submodules: {
      config: engine.config,
      repository: name,
      mayRead: (other) => allows(key, 'read', other),
      output: (line) => talk.reporter.output(site, line),
    },
    remark: (line) => talk.reporter.warn(site, line),
  });
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

function keptRemarks({ kept }: PushedRefs): string[] {
  return kept.length > 0 ? [`kept, and nothing is deployed of it: ${kept.join(', ')}`] : [];
}
