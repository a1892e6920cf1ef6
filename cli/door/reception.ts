/** git's receive-pack for one push: started, limited in time, and answered through its hooks. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { errors as coreErrors, exitCodes, isOctohostError, type ResolvedConfig } from '../../core/index.ts';
import { packageRoot } from '../program.ts';
import { exitCodeOf, failureLines } from '../render/failure.ts';
import { errors } from './errors.ts';
import { endGroup, receiveWords, serverEnvironment, startGit, waitOrEnd } from './git-process.ts';
import { askingHook, movingHook } from './hook-channel.ts';
import type { HookRequest, Update } from './hook-request.ts';
import { signersFile } from './keys.ts';
import { receiveLimit } from './receive-limit.ts';

const hooksDir = () => join(packageRoot, 'cli', 'door', 'hooks');

/**
 * How long a pusher may take to read what is still to be said. One that was stopped reads nothing, and would hold the
 * lease of the repository for ever.
 */
const lastWordsMs = 60_000;

export interface Reception {
  /** What is pushed, once all of it was received; undefined where git ended before: a dry run, a lost connection. */
  readonly request: Promise<HookRequest | undefined>;
  /** Git's exit code. */
  readonly ended: Promise<number>;
  /** Aborted when this process is asked to end. */
  readonly interrupted: AbortSignal;
  /** Shows the pusher a line. */
  say(line: string): void;
  /**
   * Lets git keep what came; from then on it waits to hear whether the refs were moved. Returns the refs that git found
   * nothing wrong with.
   */
  keep(): Promise<readonly Update[]>;
  /** Tells git that the refs were moved, and returns when it has ended. */
  accept(): Promise<void>;
  /** Says why not, and returns when git has ended. */
  refuse(error: unknown): Promise<void>;
  /** Ends git without a word more: what is pushed was only looked at. */
  decline(): Promise<void>;
}

/** @param unread refs that the pusher does not get to see */
export function startReception(
  { git: limits, dataDir }: ResolvedConfig,
  repository: string,
  unread: readonly string[],
): Reception {
  const { maxPushMegabytes } = limits;
  const words = receiveWords(repository, { hooksDir: hooksDir(), maxPushMegabytes, unread });
  const git = startGit(words, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe', 'pipe', 'pipe'],
    environment: serverEnvironment(),
    settings: signingSettings(dataDir),
    ownGroup: true,
  });
  const ended = new Promise<number>((resolve, reject) => {
    git.on('error', (cause) => reject(errors.E_GIT({ what: 'be started', cause }, { cause })));
    git.on('close', (code) => resolve(code ?? exitCodes.failed));
  });
  // Who waits for the request first hears of it later.
  ended.catch(() => {});
  const limit = receiveLimit(git, limits.maxPushSeconds, (error) => failureLines(error).forEach(tellStderr));
  const [asking, moving] = [askingHook(git), movingHook(git)];
  const request = asking.request.then((found) => (found && limit.received() ? found : undefined));
  // Who is spoken to; git runs no second hook where it takes none of the refs.
  let say = (line: string) => asking.say(line);
  let answer = (code: number, _why?: string) => asking.end(code);
  const finish = async (code: number, why?: string) => {
    answer(code, why);
    await waitOrEnd(git, ended, lastWordsMs);
  };
  return {
    request,
    ended,
    interrupted: endWhenAsked(() => endGroup(git), request),
    say: (line) => say(line),
    async keep() {
      let updates: readonly Update[] = [];
      answer = (_code, why) => moving.end(why, updates);
      asking.end(0);
      const found = await moving.updates;
      say = found ? (line) => moving.say(line) : tellStderr;
      updates = found ?? [];
      return updates;
    },
    accept: () => finish(0),
    refuse(error) {
      for (const line of failureLines(error)) say(line);
      return finish(exitCodeOf(error), reasonOf(error));
    },
    decline: () => finish(exitCodes.failed),
  };
}

/** While no hook runs, the pusher sees what this process says by itself. */
function tellStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What git shows behind the name of the ref. */
function reasonOf(error: unknown): string {
  if (!isOctohostError(error)) return 'a bug in octohost';
  return ['E_PUSH_MOVED', 'E_PUSH_THERE'].includes(error.code) ? 'fetch first' : error.code;
}

/** Who signs a push proves it for this process only; the seed is given where no other process can read it. */
function signingSettings(dataDir: string): Record<string, string> {
  return {
    'receive.certNonceSeed': randomBytes(32).toString('hex'),
    // Only ssh keys sign here: git starts no other program for a signature that somebody sends.
    'gpg.program': '/bin/false',
    'gpg.x509.program': '/bin/false',
    'gpg.ssh.program': 'ssh-keygen',
    'gpg.ssh.allowedSignersFile': signersFile(dataDir),
  };
}

/** Until everything was received there is only git to end; from then on the deploy ends itself, and git with it. */
function endWhenAsked(endGit: () => void, request: Promise<unknown>): AbortSignal {
  const asked = new AbortController();
  let receiving = true;
  const over = () => {
    receiving = false;
  };
  request.then(over, over);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.on(signal, () => {
      asked.abort(coreErrors.E_ABORTED({ what: 'The push' }));
      if (receiving) endGit();
    });
  return asked.signal;
}
