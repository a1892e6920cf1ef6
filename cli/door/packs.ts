/** The objects of a repository: out of it, and into another one. */
import type { ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errors } from './errors.ts';
import { endGroup, legacyDefects, startGit } from './git-process.ts';

/** All objects that these revisions need, as a pack. What git cannot do ends the stream with its own words. */
export function packRepository(path: string, revisions: readonly string[], signal: AbortSignal): Readable {
  const words = ['--git-dir', path, 'pack-objects', '--revs', '--stdout', '--quiet', '--delta-base-offset'];
  const git = startGit(words, { stdio: ['pipe', 'pipe', 'pipe'], ownGroup: true });
  const stop = () => endGroup(git);
  signal.addEventListener('abort', stop, { once: true });
  const ended = endOf(git).then(({ code, said }) => {
    if (code !== 0) throw new Error(said.trim() || 'it failed');
  });
  ended.catch(() => {});
  // Where git ends before it has read everything, its exit code says why.
  git.stdin?.on('error', () => {});
  git.stdin?.end([...new Set(revisions)].map((one) => `${one}\n`).join(''));
  const content = async function* () {
    try {
      yield* git.stdout as Readable;
      await ended;
    } catch (cause) {
      throw errors.E_GIT({ what: 'pack a repository', cause }, { cause });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
  return Readable.from(content(), { objectMode: false });
}

/** Takes in what `packRepository` gave; every object is checked as those of a push. @throws E_GIT */
export async function indexPack(path: string, pack: Readable): Promise<void> {
  const ignored = Object.keys(legacyDefects('receive')).map((name) => `${name.split('.').at(-1)}=ignore`);
  const words = ['--git-dir', path, 'index-pack', '--stdin', `--strict=${ignored.join(',')}`];
  try {
    const git = startGit(words, { stdio: ['pipe', 'ignore', 'pipe'] });
    const ended = endOf(git);
    // Where git ends before it has read everything, its own words say why.
    const fed = pipeline(pack, git.stdin as NodeJS.WritableStream).catch((error: unknown) => error);
    const { code, said } = await ended;
    const broken = await fed;
    if (code !== 0) throw new Error(said.replaceAll(/^fatal: /gm, '').trim() || 'it failed');
    // A pack says where it ends, so git may be done and gone before the stream is.
    if (broken && (broken as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw broken;
  } catch (cause) {
    throw errors.E_GIT({ what: 'take in the objects of a repository', cause }, { cause });
  }
}

/** How a git ended, and what it said on stderr. */
function endOf(git: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = '';
  git.stderr?.on('data', (data: Buffer) => {
    said += data.toString();
  });
  return new Promise((resolve, reject) => {
    git.on('error', reject);
    git.on('close', (code) => resolve({ code, said }));
  });
}
