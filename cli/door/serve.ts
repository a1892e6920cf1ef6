/** The forced command of every key: what an ssh client asks for, done with the rights of its key, or refused. */
import { parseArgs } from 'node:util';
import { exitCodes } from '../../core/index.ts';
import { exitCodeOf, failureLines } from '../render/failure.ts';
import { errors } from './errors.ts';
import { serverEnvironment, startGit, uploadWords } from './git-process.ts';
import { requireRight } from './guard.ts';
import { exists, repositoryPath } from './repository.ts';
import { type GitCommand, parseSshCommand } from './ssh-command.ts';
import { findUnread } from './unread-refs.ts';
import { admit, type Door } from './visitor.ts';

/** Serves one ssh connection; returns the exit code. */
export async function serve(words: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { config: { type: 'string' }, key: { type: 'string' } },
      strict: true,
    });
    const command = parseSshCommand(process.env['SSH_ORIGINAL_COMMAND']);
    // It may hold a secret, and children inherit the environment.
    delete process.env['SSH_ORIGINAL_COMMAND'];
    const door = { configFile: values.config ?? '', key: values.key ?? '' };
    if (command.service === 'octo') return await (await import('./remote.ts')).runRemote(command.words, door);
    if (command.service === 'upload-pack') return await upload(command, door);
    return await (await import('./receive.ts')).receive(command, door);
  } catch (error) {
    for (const line of failureLines(error)) process.stderr.write(`${line}\n`);
    return exitCodeOf(error);
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
