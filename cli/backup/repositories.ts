/** Repositories into a backup, and out of one. */
import type { ChildProcess } from 'node:child_process';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Engine, isSiteName, type Operation, type SiteName } from '../../core/index.ts';
import { errors as doorErrors } from '../door/errors.ts';
import { endGroup, legacyDefects, startGit } from '../door/git-process.ts';
import { setRefs } from '../door/ref-updates.ts';
import { openRepository, readRefs, repositoryPath } from '../door/repository.ts';
import { exists } from '../exists.ts';
import type { Refs } from './manifest.ts';
import { refsToBring } from './refs.ts';

/** Of every repository that has its name. */
export async function allRefs(dataDir: string): Promise<ReadonlyMap<SiteName, ReadonlyMap<string, string>>> {
  const names: string[] = await readdir(join(dataDir, 'repositories')).catch(() => []);
  const repositories = names.filter((name) => name.endsWith('.git')).map((name) => name.slice(0, -4));
  const all = repositories.filter(isSiteName).toSorted();
  return new Map(
    await Promise.all(
      all.map(async (name) => [name, await readRefs(repositoryPath(dataDir, name))] as const),
    ),
  );
}

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
      throw doorErrors.E_GIT({ what: 'pack a repository', cause }, { cause });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
  return Readable.from(content(), { objectMode: false });
}

/** A repository that is to be brought in. */
export interface BroughtRepository {
  readonly name: SiteName;
  readonly refs: Refs;
  /** The file with its pack; absent where it has no refs. */
  readonly pack: string | undefined;
  /** Sites that are not here yet. */
  readonly restored: readonly SiteName[];
}

/** The refs of a repository here; none where there is no such repository. */
export async function refsHere(dataDir: string, name: SiteName): Promise<ReadonlyMap<string, string>> {
  const path = repositoryPath(dataDir, name);
  return (await exists(path)) ? readRefs(path) : new Map();
}

/**
 * Adds what is not here. A new repository takes its name when it is whole; every object is checked as those of a push.
 * Returns whether there was anything to add.
 */
export async function bringRepository(
  engine: Engine,
  { name, refs, pack, restored }: BroughtRepository,
  operation: Operation,
): Promise<boolean> {
  const { dataDir } = engine.config;
  return engine.exclusively(name, operation, async () => {
    const { missing } = refsToBring(name, refs, await refsHere(dataDir, name), restored);
    if (pack === undefined || Object.keys(missing).length === 0) return false;
    const repository = await openRepository(dataDir, name);
    try {
      await indexPack(repository.path, pack);
      await setRefs(
        repository.path,
        Object.entries(missing).map(([ref, after]) => ({ ref, after })),
      );
      await repository.keep();
    } catch (error) {
      await repository.drop();
      throw error;
    }
    return true;
  });
}

async function indexPack(path: string, pack: string): Promise<void> {
  const ignored = Object.keys(legacyDefects('receive')).map((name) => `${name.split('.').at(-1)}=ignore`);
  const words = ['--git-dir', path, 'index-pack', '--stdin', `--strict=${ignored.join(',')}`];
  const file = await open(pack, 'r');
  try {
    const git = startGit(words, { stdio: [file.fd, 'ignore', 'pipe'] });
    const { code, said } = await endOf(git);
    if (code !== 0) throw new Error(said.replaceAll(/^fatal: /gm, '').trim() || 'it failed');
  } catch (cause) {
    throw doorErrors.E_GIT({ what: 'take in the objects of a repository', cause }, { cause });
  } finally {
    await file.close();
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
