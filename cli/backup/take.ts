/** What goes into a backup, as files of a folder: the sites at one moment, their repositories as they were then, images. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Engine,
  isOctohostError,
  messageOf,
  type Release,
  type SiteName,
  type Snapshot,
  schemaVersion,
  type Taken,
} from '../../core/index.ts';
import { packRepository } from '../door/packs.ts';
import { repositoryPath } from '../door/repository.ts';
import { readPackage } from '../program.ts';
import { type Part, spool } from './archive.ts';
import { errors } from './errors.ts';
import {
  formatVersion,
  imagesName,
  type Manifest,
  type Refs,
  repositoryName,
  sitesName,
} from './manifest.ts';
import { type CurrentAt, refsOfSites, settledRefs } from './refs.ts';
import { allRefs } from './repositories.ts';

export interface Wanted {
  /** Undefined: all, and the access keys. */
  readonly sites: readonly SiteName[] | undefined;
  readonly secrets: boolean;
  readonly images: boolean;
}

/** A backup that is ready to be written. */
export interface Gathered {
  readonly manifest: Manifest;
  readonly parts: readonly Part[];
  readonly taken: Taken;
  /** What cannot be had and is left out, in words. */
  readonly damaged: readonly string[];
}

/** @param tell told what is worked on */
export async function gather(
  engine: Engine,
  wanted: Wanted,
  folder: string,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<Gathered> {
  const { taken, repositories } = await takeMoment(engine, wanted, signal);
  const parts: Part[] = [];
  let files = 0;
  const add = async (name: string, content: Readable) => {
    signal.throwIfAborted();
    parts.push(await spool(name, join(folder, String(files++)), content, signal));
  };
  const { withSecrets: _, damaged: __, ...snapshot } = taken;
  await add(sitesName, Readable.from([Buffer.from(JSON.stringify(snapshot satisfies Snapshot))]));
  for (const [name, refs] of repositories) {
    tell(`the repository ${name}`);
    const path = repositoryPath(engine.config.dataDir, name);
    await add(repositoryName(name), packRepository(path, Object.values(refs), signal));
  }
  const leftOut: string[] = [];
  for (const { site } of wanted.images ? taken.sites : []) {
    tell(`the images of ${site}`);
    try {
      const packed = await engine.packImages(site, signal);
      if (packed) await add(imagesName(site), packed.tar);
    } catch (error) {
      if (signal.aborted || (isOctohostError(error) && error.code === 'E_NO_TRANSFER')) throw error;
      leftOut.push(`the images of ${site} are left out: ${messageOf(error)}`);
    }
  }
  const manifest = {
    format: formatVersion,
    schema: schemaVersion,
    octohost: readPackage().version,
    createdAt: new Date().toISOString(),
    repositories: Object.fromEntries(repositories),
    entries: parts.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
  };
  return { manifest, parts, taken, damaged: [...taken.damaged, ...leftOut] };
}

const mostTries = 30;
const pauseMs = 100;

interface Moment {
  readonly taken: Taken;
  /** Those with refs. */
  readonly repositories: ReadonlyMap<SiteName, Refs>;
}

/** Refs that are the same before and after the store was read are those of that moment; no push waits for it. */
async function takeMoment(engine: Engine, { sites, secrets }: Wanted, signal: AbortSignal): Promise<Moment> {
  const { dataDir } = engine.config;
  for (let tries = 0; tries < mostTries; tries++) {
    const before = await allRefs(dataDir);
    const taken = await engine.snapshot(sites, { secrets });
    const after = await allRefs(dataDir);
    if (isSame(before, after)) return { taken, repositories: repositoriesIn(after, taken, sites) };
    await sleep(pauseMs, undefined, { signal });
  }
  throw errors.E_BACKUP_BUSY(undefined);
}

function isSame(
  one: ReadonlyMap<string, ReadonlyMap<string, string>>,
  other: ReadonlyMap<string, ReadonlyMap<string, string>>,
): boolean {
  const textOf = (all: typeof one) => JSON.stringify([...all].map(([name, refs]) => [name, [...refs]]));
  return textOf(one) === textOf(other);
}

/** Pure. */
function repositoriesIn(
  all: ReadonlyMap<SiteName, ReadonlyMap<string, string>>,
  taken: Snapshot,
  sites: readonly SiteName[] | undefined,
): Map<SiteName, Refs> {
  const current = currentIn(taken);
  const found = [...all].map(([name, refs]) => {
    const settled = settledRefs(name, refs, current);
    return [name, Object.fromEntries(sites ? refsOfSites(name, settled, sites) : settled)] as const;
  });
  return new Map(found.filter(([, refs]) => Object.keys(refs).length > 0));
}

/** The current releases of a snapshot. Pure. */
export function currentIn({ sites }: Snapshot): CurrentAt {
  const current = new Map<SiteName, Release | undefined>(
    sites.map(({ site, pointer, releases }) => [
      site,
      releases.find(({ number }) => number === pointer?.release),
    ]),
  );
  return (site) => current.get(site);
}
