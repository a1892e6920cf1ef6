/**
 * The forced command of every deploy key: git's server side as a child, the engine here. The hook that git runs only
 * hands over what is pushed, so the engine is loaded while the pack still comes in.
 */
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { parseArgs } from 'node:util';
import { type Engine, exitCodes, type Operation, type Outcome } from '../../core/index.ts';
import { packageRoot } from '../program.ts';
import { exitCodeOf, failureLines } from '../render/failure.ts';
import { noAddress } from '../render/outcome.ts';
import { silent } from '../render/quiet.ts';
import { errors } from './errors.ts';
import { receiveWords, serverEnvironment, startGit, uploadWords } from './git-process.ts';
import type { GitTree } from './git-tree.ts';
import { type ReceiveLimit, receiveLimit } from './receive-limit.ts';
import {
  branchesOf,
  exists,
  keepRelease,
  openRepository,
  type Repository,
  repositoryPath,
} from './repository.ts';
import { type GitCommand, parseSshCommand } from './ssh-command.ts';
import { parseHookRequest, refuseConflicts, type Target, targetsOf } from './updates.ts';

const hooksDir = join(packageRoot, 'cli', 'door', 'hooks');

interface Door {
  readonly configFile: string;
  /** The name that the key was added under. */
  readonly key: string;
}

/** Serves one ssh connection; returns the exit code. */
export async function serve(words: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { config: { type: 'string' }, key: { type: 'string' } },
      strict: true,
    });
    const command = parseSshCommand(process.env['SSH_ORIGINAL_COMMAND']);
    const door = { configFile: values.config ?? '', key: values.key ?? 'unknown' };
    return command.service === 'receive-pack' ? await receive(command, door) : await upload(command, door);
  } catch (error) {
    return tell(error, (line) => process.stderr.write(`${line}\n`));
  }
}

async function upload(command: GitCommand, door: Door): Promise<number> {
  const { loadConfig } = await import('../open-engine.ts');
  const { dataDir } = await loadConfig(door.configFile);
  const path = repositoryPath(dataDir, command.repository);
  if (!(await exists(path))) throw errors.E_DOOR_EMPTY({ site: command.repository });
  const child = startGit(uploadWords(path), { stdio: 'inherit', environment: serverEnvironment() });
  return ended(child);
}

async function receive(command: GitCommand, door: Door): Promise<number> {
  const { openFromFile } = await import('../open-engine.ts');
  const engine = await openFromFile(door.configFile);
  try {
    // One push to a repository at a time: what git shows to the second pusher is what the first one made of it.
    return await engine.exclusively(command.repository, waitingRoom(door), () =>
      receiveAlone(engine, command, door),
    );
  } finally {
    await engine.close();
  }
}

/** Before git speaks, a line on stderr reaches the pusher as it is. */
function waitingRoom(door: Door): Operation {
  const reporter = {
    ...silent,
    output: (_site: string, line: string) => void process.stderr.write(`${line}\n`),
  };
  return { actor: `key ${door.key}`, signal: new AbortController().signal, reporter };
}

async function receiveAlone(engine: Engine, command: GitCommand, door: Door): Promise<number> {
  const repository = await openRepository(engine.config.dataDir, command.repository);
  const { maxPushMegabytes, maxPushSeconds } = engine.config.git;
  const child = startGit(receiveWords(repository.path, { hooksDir, maxPushMegabytes }), {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'],
    environment: serverEnvironment(),
    ownGroup: true,
  });
  const limit = receiveLimit(child, maxPushSeconds, (error) =>
    tell(error, (line) => process.stderr.write(`${line}\n`)),
  );
  const [talk, verdict] = [child.stdio[3] as Duplex, child.stdio[4] as Duplex];
  void engine.warmUp(command.repository);
  const deployed = answerHook({ engine, repository, command, door, talk, verdict, limit });
  const code = await ended(child);
  const accepted = await deployed;
  if (accepted.length === 0) await repository.drop();
  else await settle(engine, repository, door, accepted);
  return code;
}

interface Accepted {
  readonly target: Target;
  readonly outcome: Outcome;
}

interface HookTalk {
  readonly engine: Engine;
  readonly repository: Repository;
  readonly command: GitCommand;
  readonly door: Door;
  readonly talk: Duplex;
  readonly verdict: Duplex;
  readonly limit: ReceiveLimit;
}

/** Waits for the hook, deploys what it brings, and answers it. Empty where no hook came or the push was refused. */
async function answerHook(hook: HookTalk): Promise<Accepted[]> {
  const { talk, verdict, limit } = hook;
  // The pusher may be gone: the deploy goes on, and git finishes the ref, so that both agree.
  for (const stream of [talk, verdict]) stream.on('error', () => {});
  const request = await readRequest(talk);
  if (request === undefined || !limit.received()) return [];
  const write = (line: string) => void (talk.writable && talk.write(`${line}\n`));
  try {
    const accepted = await deployPush(hook, request, write);
    finish(hook, 0);
    return accepted;
  } catch (error) {
    finish(hook, tell(error, write));
    return [];
  }
}

function finish({ talk, verdict }: HookTalk, code: number): void {
  talk.end();
  verdict.end(`${code}\n`);
}

async function deployPush(
  { engine, repository, command, door }: HookTalk,
  text: string,
  write: (line: string) => void,
): Promise<Accepted[]> {
  const { gitTree } = await import('./git-tree.ts');
  const { createPeopleReporter } = await import('../render/people.ts');
  const request = parseHookRequest(text);
  const targets = targetsOf(command.repository, request.updates);
  refuseConflicts(targets, await branchesOf(repository.path));
  const reporter = createPeopleReporter({ write, sites: targets.map(({ site }) => site) });
  const trees: GitTree[] = [];
  try {
    const pushes = await Promise.all(
      targets.map(async ({ site, revision }) => {
        const remark = (line: string) => reporter.warn(site, line);
        const submodules = {
          config: engine.config,
          repository: command.repository,
          // Every key may read every repository.
          mayRead: () => true,
          output: (line: string) => reporter.output(site, line),
        };
        const { environment } = request;
        const tree = await gitTree({ gitDir: repository.path, revision, environment, submodules, remark });
        trees.push(tree);
        return { site, revision, source: { kind: 'tree' as const, tree } };
      }),
    );
    const operation = { actor: `key ${door.key}`, signal: new AbortController().signal, reporter };
    const outcomes = await engine.deploy(pushes, operation);
    for (const { urls, release } of outcomes)
      write(
        urls[0]
          ? `Your site is available at: ${urls.join(' ')}`
          : `Release ${release.number} of ${release.site} runs. ${noAddress(release.site)}`,
      );
    return outcomes.map((outcome, index) => ({ outcome, target: targets[index] as Target }));
  } finally {
    // git moves the pushed objects when the hook ends: nothing may look at them then.
    await Promise.all(trees.map(({ examined }) => examined));
    reporter.close();
  }
}

/** git has moved the refs: the repository takes its name, releases stay reachable, old instances end. */
async function settle(
  engine: Engine,
  repository: Repository,
  door: Door,
  accepted: readonly Accepted[],
): Promise<void> {
  for (const { target, outcome } of accepted)
    await keepRelease(repository.path, target.site, outcome.release.number, target.revision);
  await repository.keep();
  const retiring = accepted.filter(({ outcome }) => outcome.retiring > 0).map(({ target }) => target.site);
  const { finishInBackground } = await import('../background.ts');
  if (retiring.length > 0) finishInBackground(engine.config.file || door.configFile, retiring);
}

/** A line that is no ref, and with which the hook's message ends. */
const endOfRequest = '\n.\n';

/** The hook's message up to its end; undefined where the connection ended before one came. */
async function readRequest(talk: Duplex): Promise<string | undefined> {
  let text = '';
  return new Promise((resolve) => {
    talk.on('data', (data: Buffer) => {
      text += data.toString('utf8');
      if (text.endsWith(endOfRequest)) resolve(text.slice(0, -endOfRequest.length));
    });
    talk.on('close', () => resolve(undefined));
  });
}

function tell(error: unknown, write: (line: string) => void): number {
  for (const line of failureLines(error)) write(line);
  return exitCodeOf(error);
}

function ended(child: ReturnType<typeof startGit>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(errors.E_GIT({ what: 'be started', cause }, { cause })));
    child.on('close', (code) => resolve(code ?? exitCodes.failed));
  });
}
