/** The forced command of every key: what an ssh client asks for, done with the rights of its key, or refused. */
import { parseArgs } from 'node:util';
import { exitCodes, messageOf } from '../../core/index.ts';
import { recordRefusal, whoComes } from '../audit/refusal.ts';
import { exists } from '../exists.ts';
import { exitCodeOf, failureLines } from '../render/failure.ts';
import { errors } from './errors.ts';
import { serverEnvironment, startGit, uploadWords } from './git-process.ts';
import { requireRight } from './guard.ts';
import { repositoryPath } from './repository.ts';
import { type GitCommand, parseSshCommand } from './ssh-command.ts';
import { findUnread } from './unread-refs.ts';
import { actorOf, admit, type Door, identify } from './visitor.ts';

/** Serves one ssh connection; returns the exit code. */
export async function serve(words: readonly string[]): Promise<number> {
  const asked = process.env['SSH_ORIGINAL_COMMAND'];
  // It may hold a secret, and children inherit the environment.
  delete process.env['SSH_ORIGINAL_COMMAND'];
  let door: Door | undefined;
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { config: { type: 'string' }, key: { type: 'string' } },
      strict: true,
    });
    door = { configFile: values.config ?? '', key: values.key ?? '' };
    const command = parseSshCommand(asked);
    if (command.service === 'octo') return await (await import('./remote.ts')).runRemote(command.words, door);
    if (command.service === 'upload-pack') return await upload(command, door);
    return await (await import('./receive.ts')).receive(command, door);
  } catch (error) {
    for (const line of failureLines(error)) process.stderr.write(`${line}\n`);
    if (door) await recordRefused(door, asked, error);
    return exitCodeOf(error);
  }
}

/** By the first word, for others may be secret. Of a key that is gone the name is all that is known. */
async function recordRefused(door: Door, asked: string | undefined, error: unknown): Promise<void> {
  try {
    const { engine, fingerprint } = await identify(door);
    const [word = ''] = (asked ?? '').trim().split(/\s/, 1);
    const who = whoComes({ actor: actorOf(door), ...(fingerprint ? { fingerprint } : {}) });
    await recordRefusal(engine.config.dataDir, who, word, error);
    await engine.close();
  } catch (problem) {
    process.stderr.write(`warning: this is not in the audit log: ${messageOf(problem)}\n`);
  }
}

/** git fetch, git clone, git ls-remote. */
async function upload(command: GitCommand, door: Door): Promise<number> {
  const { key, engine } = await admit(door);
  await engine.close();
  requireRight(key, 'read', command.repository);
  const path = repositoryPath(engine.config.dataDir, command.repository);
  if (!(await exists(path))) throw errors.E_DOOR_EMPTY({ site: command.repository });
  const unread = await findUnread(key, command.repository, path);
  const environment = { ...serverEnvironment(), ...(unread.length > 0 ? { GIT_PROTOCOL: undefined } : {}) };
  const git = startGit(uploadWords(path, unread), { stdio: 'inherit', environment });
  return new Promise((resolve, reject) => {
    git.on('error', (cause) => reject(errors.E_GIT({ what: 'be started', cause }, { cause })));
    git.on('close', (code) => resolve(code ?? exitCodes.failed));
  });
}
