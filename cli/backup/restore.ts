/** From a backup that was read to sites that run: what is refused, what is written, what is built anew. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  type AccessKey,
  type Convergence,
  errors as coreErrors,
  type Engine,
  type Fate,
  messageOf,
  type Operation,
  type Restored,
  readSnapshot,
  type SiteName,
  type Snapshot,
} from '../../core/index.ts';
import { gitTree } from '../door/git-tree.ts';
import { letIn } from '../door/keys.ts';
import { refsHere, repositoryPath } from '../door/repository.ts';
import type { OpenArchive } from './archive.ts';
import { errors } from './errors.ts';
import { type KeyLeft, keysToBring } from './keys.ts';
import { imagesName, type Refs, repositoryName, sitesName } from './manifest.ts';
import { peersFirst } from './peers-first.ts';
import { refsOfSites, refsToBring } from './refs.ts';
import { type BroughtRepository, bringRepository } from './repositories.ts';

export interface RestoreOutcome extends Convergence {
  readonly restored: readonly Restored[];
  /** Names of access keys that were let in. */
  readonly keys: readonly string[];
  /** Those that are here otherwise, or are none: they stay out. */
  readonly keysLeft: readonly KeyLeft[];
}

/** Of the text that says what the store has: it is read at once. */
const mostBytes = 256 * 1024 * 1024;

/** What of an archive is to be restored. */
export interface Chosen {
  readonly archive: OpenArchive;
  readonly snapshot: Snapshot;
  /** True: of repositories only what belongs to the sites of the snapshot. */
  readonly isPart: boolean;
}

/** @param isWanted left out: all of it. @throws E_BACKUP_CONTENT */
export async function choose(
  archive: OpenArchive,
  isWanted: ((site: SiteName) => boolean) | undefined,
): Promise<Chosen> {
  const entry = archive.manifest.entries.find(({ name }) => name === sitesName);
  if ((entry?.bytes ?? 0) > mostBytes)
    throw coreErrors.E_BACKUP_CONTENT({ problem: `its ${sitesName} is too long` });
  const snapshot = readSnapshot(await readFile(archive.pathOf(sitesName) as string, 'utf8'));
  if (!isWanted) return { archive, snapshot, isPart: false };
  const sites = snapshot.sites.filter(({ site }) => isWanted(site));
  return { archive, snapshot: { ...snapshot, sites, keys: [] }, isPart: true };
}

/**
 * All is looked at before anything is written; then each site is there whole, or not at all. Running it again finishes
 * what was cut off, and changes nothing of what is there.
 * @throws E_RESTORE_REFUSED
 */
export async function restoreAll(
  engine: Engine,
  chosen: Chosen,
  operation: Operation,
  tell: (line: string) => void,
): Promise<RestoreOutcome> {
  const { archive, snapshot } = chosen;
  const repositories = await planRepositories(engine, chosen, await engine.planRestore(snapshot));
  for (const repository of repositories)
    if (await bringRepository(engine, repository, operation))
      tell(`brought the repository ${repository.name}`);
  const restored: Restored[] = [];
  const failed: Convergence['problems'][number][] = [];
  for (const { site } of snapshot.sites) {
    operation.signal.throwIfAborted();
    const images = archive.pathOf(imagesName(site));
    const open = images === undefined ? undefined : () => createReadStream(images);
    try {
      restored.push(await engine.restore(snapshot, site, open, operation));
    } catch (error) {
      if (operation.signal.aborted) throw error;
      // What one cannot have done stops no other.
      failed.push({ site, error });
    }
  }
  const { actions, problems } = await bringUp(engine, restored, operation);
  const keys = await bringKeys(engine, snapshot.keys, operation);
  return { restored, ...keys, actions, problems: [...failed, ...problems] };
}

/** Repositories of which something is wanted. @throws E_RESTORE_REFUSED */
async function planRepositories(
  engine: Engine,
  { archive: { manifest, pathOf }, snapshot, isPart }: Chosen,
  fates: readonly Fate[],
): Promise<readonly BroughtRepository[]> {
  const problems = fates.flatMap(({ site, fate, problem }) =>
    fate === 'refused' ? [`${site}: ${problem}`] : [],
  );
  const restored = fates.flatMap(({ site, fate }) => (fate === 'new' ? [site] : []));
  const sites = snapshot.sites.map(({ site }) => site);
  const wanted = Object.entries(manifest.repositories) as [SiteName, Refs][];
  const brought = await Promise.all(
    wanted.map(async ([name, all]): Promise<BroughtRepository> => {
      const refs = isPart ? Object.fromEntries(refsOfSites(name, new Map(Object.entries(all)), sites)) : all;
      const here = await refsHere(engine.config.dataDir, name);
      const { conflicts } = refsToBring(name, refs, here, restored);
      problems.push(...conflicts.map((ref) => `${name}.git: ${ref} is another one here`));
      return { name, refs, pack: pathOf(repositoryName(name)), restored };
    }),
  );
  if (problems.length > 0) throw coreErrors.E_RESTORE_REFUSED({ problems });
  return brought;
}

/** After the sites: a key that cannot be let in keeps none of them down. */
async function bringKeys(
  engine: Engine,
  wanted: readonly AccessKey[],
  operation: Operation,
): Promise<Pick<RestoreOutcome, 'keys' | 'keysLeft'>> {
  const { grants, left } = keysToBring(wanted, wanted.length > 0 ? await engine.keys() : []);
  const keys: string[] = [];
  const keysLeft = [...left];
  for (const grant of grants) {
    const { name } = grant;
    try {
      await letIn(engine, grant, operation);
      keys.push(name);
    } catch (error) {
      if (operation.signal.aborted) throw error;
      keysLeft.push({ name, because: messageOf(error) });
    }
  }
  return { keys, keysLeft };
}

async function bringUp(
  engine: Engine,
  restored: readonly Restored[],
  operation: Operation,
): Promise<Convergence> {
  const released = restored.flatMap(({ site, release }) => (release ? [site] : []));
  const missing = restored.filter(({ needsImage }) => needsImage);
  const here = released.filter((site) => !missing.some((one) => one.site === site));
  const first = here.length > 0 ? await engine.converge(here, operation) : { actions: [], problems: [] };
  const [actions, problems] = [[...first.actions], [...first.problems]];
  for (const one of peersFirst(missing)) {
    const { site } = one;
    try {
      const number = await buildAnew(engine, one, operation);
      actions.push({ site, did: `built anew, as release ${number}` });
    } catch (error) {
      problems.push({ site, error });
    }
  }
  return { actions, problems };
}

/** A release like any other, of the commit that the restored one was made of; returns its number. */
async function buildAnew(
  engine: Engine,
  { site, release }: Pick<Restored, 'site' | 'release'>,
  operation: Operation,
): Promise<number> {
  if (!release?.revision || !release.origin) throw errors.E_RESTORE_IMAGE({ site });
  const { revision, origin, message } = release;
  const { repository } = origin;
  const tree = await gitTree({
    gitDir: repositoryPath(engine.config.dataDir, repository),
    revision,
    environment: {},
    submodules: {
      config: engine.config,
      repository,
      mayRead: () => true,
      output: (line) => operation.reporter.output(site, line),
    },
    remark: (line) => operation.reporter.warn(site, line),
  });
  const push = {
    site,
    revision,
    origin,
    source: { kind: 'tree', tree },
    ...(message ? { message } : {}),
  } as const;
  const [outcome] = await engine.deploy([push], operation);
  await tree.examined;
  return outcome?.release.number ?? release.number;
}
