/**
 * git push: git's receive-pack as a child, the engine here. The hooks that git runs only hand over what is pushed, so
 * the engine is loaded while the pack still comes in; and this process moves the refs itself, under the lease of the
 * repository, once what is pushed serves.
 */
import { allows, type Operation, signedActor } from '../../core/index.ts';
import type { Act } from '../audit/entry.ts';
import { whoComes } from '../audit/refusal.ts';
import { openTrail, type Trail } from '../audit/trail.ts';
import { finishInBackground } from '../background.ts';
import { failureFacts } from '../render/failure.ts';
import { watchConnection } from './connection.ts';
import { requireRight } from './guard.ts';
import { type Accepted, deployPush, planPush, requireRights, type Visit } from './push.ts';
import { parsePushOptions } from './push-options.ts';
import { type Reception, startReception } from './reception.ts';
import { openRepository, repositoryPath, tidyInBackground } from './repository.ts';
import { readSignature } from './signature.ts';
import type { GitCommand } from './ssh-command.ts';
import { type Listener, openTalk, type Talk } from './talk.ts';
import { findUnread } from './unread-refs.ts';
import { arrivals, refusePart, sitesOf, sortUpdates } from './updates.ts';
import { actorOf, admit, type Door } from './visitor.ts';

/** Serves one push; returns git's exit code. */
export async function receive({ repository: name }: GitCommand, door: Door): Promise<number> {
  const { key, engine, current } = await admit(door);
  const who = whoComes({ actor: actorOf(door), fingerprint: key.fingerprint });
  const trail = openTrail(who, 'push', {
    place: async () => engine.config.dataDir,
    warn: (line) => void process.stderr.write(`${line}\n`),
  });
  try {
    requireRight(key, 'deploy', name);
    const repository = await openRepository(engine.config.dataDir, name);
    try {
      const unread = await findUnread(key, name, repository.path);
      const reception = startReception(engine.config, repository.path, unread);
      void engine.warmUp(name);
      const request = await reception.request;
      const refused =
        request &&
        (await answer({ engine, current, key, name, repository, request }, door, { reception, trail }));
      const code = await reception.ended;
      await trail.end(resultOf(refused, code));
      return code;
    } finally {
      await repository.drop();
    }
  } finally {
    await engine.close();
  }
}

/** How a push has ended, for the record; one that only asked for its plan has not changed anything. */
function resultOf(refused: Refused | undefined, code: number): string {
  if (refused === 'plan') return 'done';
  if (refused) return failureFacts(refused.error).code;
  return code === 0 ? 'done' : `exit ${code}`;
}

/** Why a push came to nothing. */
type Refused = 'plan' | { readonly error: unknown };

interface Spoken {
  readonly reception: Reception;
  readonly trail: Trail;
}

/** Never throws: what goes wrong is what the push is refused for. */
async function answer(
  facts: Omit<Visit, 'pushed' | 'options'>,
  door: Door,
  { reception, trail }: Spoken,
): Promise<Refused | undefined> {
  try {
    const { name, request } = facts;
    const visit: Visit = {
      ...facts,
      pushed: sortUpdates(name, request.updates),
      options: parsePushOptions(request.options),
    };
    // Before anything else: somebody is there.
    const told = arrivals(visit.pushed);
    for (const { line } of told) reception.say(line);
    if (!visit.options.plan) await trail.act(actOf(visit));
    requireRights(visit);
    await converse(visit, door, { reception, told });
    return visit.options.plan ? 'plan' : undefined;
  } catch (error) {
    await reception.refuse(error);
    return { error };
  }
}

/** Which refs it moves, and the sites that this is about. */
function actOf({ name, request, pushed }: Visit): Act {
  const moves = request.updates.map(
    ({ ref, before, after }) => `${ref} ${before.slice(0, 12)}..${after.slice(0, 12)}`,
  );
  const sites = sitesOf(pushed);
  return { sites: sites.length > 0 ? sites : [name], what: moves.join(', ') };
}

/** What is said is kept, so that others can follow it and the pusher can come back to it. */
async function converse(
  visit: Visit,
  door: Door,
  { reception, told }: Pick<Spoken, 'reception'> & Pick<Listener, 'told'>,
): Promise<void> {
  const { engine, key, pushed } = visit;
  const talk = openTalk(engine.config.dataDir, sitesOf(pushed), {
    write: (line) => reception.say(line),
    mayRead: (site) => allows(key, 'read', site),
    cancelOnDrop: visit.options.cancelOnDrop,
    told,
  });
  try {
    if (visit.options.plan) {
      const { interrupted: signal } = reception;
      await planPush(visit, talk, { actor: actorOf(door), signal, reporter: talk.reporter });
      await reception.decline();
    } else await deployAlone(visit, door, reception, talk);
  } catch (error) {
    talk.failed(error);
    throw error;
  } finally {
    talk.close();
  }
}

/** One push to a repository at a time. */
async function deployAlone(visit: Visit, door: Door, reception: Reception, talk: Talk): Promise<void> {
  const { engine, name, request, options } = visit;
  const connection = watchConnection();
  const signature = readSignature(request.certificate);
  const operation: Operation = {
    actor: signature?.signer ? signedActor(actorOf(door), signature.signer) : actorOf(door),
    signal: options.cancelOnDrop
      ? AbortSignal.any([reception.interrupted, connection.dropped])
      : reception.interrupted,
    reporter: talk.reporter,
  };
  try {
    refusePart(request.updates, await reception.keep());
    if (signature) talk.say(signature.remark);
    await engine.exclusively(name, operation, async () => {
      const accepted = await deployPush(visit, talk, operation);
      talk.conclude(accepted.releases.map(({ outcome }) => outcome));
      await reception.accept();
      finishLater(visit, accepted);
    });
  } finally {
    connection.close();
  }
}

/** Old instances end, new ones are watched and the repository is tidied when nobody waits for it any more. */
function finishLater({ engine, name }: Visit, { releases, stops }: Accepted): void {
  const { dataDir, file } = engine.config;
  const changed = releases.filter(({ outcome: { retiring, started } }) => retiring + started > 0);
  const sites = [...changed.map(({ target }) => target.site), ...stops];
  if (sites.length > 0) finishInBackground(file, sites);
  tidyInBackground(repositoryPath(dataDir, name));
}
