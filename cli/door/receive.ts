/**
 * git push: git's receive-pack as a child, the engine here. The hook that git runs only hands over what is pushed, so
 * the engine is loaded while the pack still comes in; and this process, which is there until git has moved the refs,
 * holds the lease of the repository from before its refs are looked at until after.
 */
import { messageOf, type Operation } from '../../core/index.ts';
import { finishInBackground } from '../background.ts';
import { watchConnection } from './connection.ts';
import { requireRight } from './guard.ts';
import { type Accepted, deployPush, planPush, type Visit } from './push.ts';
import { parsePushOptions } from './push-options.ts';
import { type Reception, startReception } from './reception.ts';
import { keepRelease, openRepository, readRefs, repositoryPath, tidyInBackground } from './repository.ts';
import { readSignature } from './signature.ts';
import type { GitCommand } from './ssh-command.ts';
import { openTalk, type Talk } from './talk.ts';
import { sitesOf, sortUpdates } from './updates.ts';
import { actorOf, admit, type Door } from './visitor.ts';

/** Serves one push; returns git's exit code. */
export async function receive({ repository: name }: GitCommand, door: Door): Promise<number> {
  const { key, engine } = await admit(door);
  try {
    requireRight(key, 'deploy', name);
    const repository = await openRepository(engine.config.dataDir, name);
    try {
      const reception = startReception(engine.config, repository.path);
      void engine.warmUp(name);
      const request = await reception.request;
      if (request) await answer({ engine, key, name, repository, request }, door, reception);
      return await reception.ended;
    } finally {
      await repository.drop();
    }
  } finally {
    await engine.close();
  }
}

/** Never throws: what goes wrong is what the push is refused for. */
async function answer(
  facts: Omit<Visit, 'pushed' | 'options'>,
  door: Door,
  reception: Reception,
): Promise<void> {
  try {
    const { name, request } = facts;
    const visit: Visit = {
      ...facts,
      pushed: sortUpdates(name, request.updates),
      options: parsePushOptions(request.options),
    };
    await converse(visit, door, reception);
  } catch (error) {
    await reception.refuse(error);
  }
}

/** What is said is kept, so that others can follow it and the pusher can come back to it. */
async function converse(visit: Visit, door: Door, reception: Reception): Promise<void> {
  const { engine, pushed } = visit;
  const talk = openTalk(engine.config.dataDir, sitesOf(pushed), (line) => reception.say(line));
  try {
    if (visit.options.plan) {
      await planPush(visit, talk);
      await reception.decline();
    } else await deployAlone(visit, door, reception, talk);
  } catch (error) {
    talk.failed(error);
    throw error;
  } finally {
    talk.close();
  }
}

/** One push to a repository at a time; what it was decided on is looked at again once it is this one's turn. */
async function deployAlone(visit: Visit, door: Door, reception: Reception, talk: Talk): Promise<void> {
  const { engine, name, request, options } = visit;
  const connection = watchConnection();
  const signature = readSignature(request.certificate);
  if (signature) talk.say(signature.remark);
  const operation: Operation = {
    actor: [actorOf(door), ...(signature?.signer ? [`signed by ${signature.signer}`] : [])].join(', '),
    signal: options.cancelOnDrop
      ? AbortSignal.any([reception.interrupted, connection.dropped])
      : reception.interrupted,
    reporter: talk.reporter,
  };
  try {
    await engine.exclusively(name, operation, async () => {
      const accepted = await deployPush(visit, talk, operation);
      talk.conclude(accepted.releases.map(({ outcome }) => outcome));
      await reception.accept();
      // The new version serves: nothing that fails from here on refuses the push.
      await settle(visit, accepted).catch((error: unknown) => warn(messageOf(error)));
    });
  } finally {
    connection.close();
  }
}

/** git has moved the refs: the repository takes its name, releases stay reachable, old instances end. */
async function settle(visit: Visit, { releases, stops }: Accepted): Promise<void> {
  const { engine, name, repository } = visit;
  const { dataDir, file } = engine.config;
  const refs = await readRefs(repository.path);
  for (const { target, outcome } of releases) {
    const { site, origin, revision } = target;
    if (refs.get(origin.ref) === revision)
      await keepRelease(repository.path, site, outcome.release.number, revision);
    else warn(`${site} runs what was pushed, but git did not move ${origin.ref}: push it again`);
  }
  await repository.keep();
  const retiring = releases.filter(({ outcome }) => outcome.retiring > 0).map(({ target }) => target.site);
  const sites = [...retiring, ...stops];
  if (sites.length > 0) finishInBackground(file, sites);
  tidyInBackground(repositoryPath(dataDir, name));
}

/** git has ended, so this line is not marked as one of the server's. */
function warn(line: string): void {
  process.stderr.write(`warning: ${line}\n`);
}
