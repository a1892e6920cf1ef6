/** Repositories into a backup, and out of one. */
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Engine, isSiteName, type Operation, type SiteName } from '../../core/index.ts';
import { indexPack } from '../door/packs.ts';
import { setRefs } from '../door/ref-updates.ts';
import { openRepository, readRefs, refsHere, repositoryPath } from '../door/repository.ts';
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

/** A repository that is to be brought in. */
export interface BroughtRepository {
  readonly name: SiteName;
  readonly refs: Refs;
  /** The file with its pack; absent where it has no refs. */
  readonly pack: string | undefined;
  /** Sites that are not here yet. */
  readonly restored: readonly SiteName[];
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
      await indexPack(repository.path, createReadStream(pack));
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
