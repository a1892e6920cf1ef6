/** What a backup says of itself, before anything else: its format, and every file in it. Pure. */
import * as z from 'zod/mini';
import { isSiteName, type SiteName, schemaVersion } from '../../core/index.ts';
import { siteOfReleaseRef } from '../door/release-ref.ts';
import { errors } from './errors.ts';

/** Raised by what an older octohost would read wrongly. */
export const formatVersion = 1;

/** The name of the file that it stands in, the first of the archive. */
export const manifestName = 'manifest.json';
/** What the store has of the sites. */
export const sitesName = 'sites.json';
export const repositoryName = (name: SiteName) => `repositories/${name}.pack`;
export const imagesName = (site: SiteName) => `images/${site}.tar`;

/** One file of the archive. */
export interface Entry {
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** A repository's refs, and what each points at. */
export type Refs = Readonly<Record<string, string>>;

export interface Manifest {
  readonly format: number;
  /** The version of the records in it. */
  readonly schema: number;
  /** The version of octohost that made it. */
  readonly octohost: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** By the name that is pushed to. */
  readonly repositories: Readonly<Record<string, Refs>>;
  /** In their order. */
  readonly entries: readonly Entry[];
}

const shape = z.strictObject({
  format: z.int(),
  schema: z.int().check(z.gte(1)),
  octohost: z.string().check(z.maxLength(100)),
  createdAt: z.string().check(z.maxLength(40)),
  repositories: z.record(z.string(), z.record(z.string(), z.string())),
  entries: z.array(
    z.strictObject({
      name: z.string(),
      bytes: z.int().check(z.nonnegative()),
      sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});

/** Only what a backup has: whatever follows such a name is written under another one. */
const namePattern = /^(?:sites\.json|repositories\/([^/]+)\.pack|images\/([^/]+)\.tar)$/;
/** What a push may leave, notes too; which names git takes, git says when they are made. */
const plainRef = /^refs\/(?:heads|tags|notes)\/[^\p{Cc} ]+$/u;
const objectId = /^[0-9a-f]{40}$/;

/** @param octohost the version of this one @throws E_BACKUP_MANIFEST, E_BACKUP_NEWER */
export function readManifest(text: string, octohost: string): Manifest {
  const value = jsonIn(text);
  refuseNewer((value ?? {}) as Readonly<Record<string, unknown>>, octohost);
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refused(`${issue?.path.join('.') || 'it'}: ${issue?.message}`);
  }
  const { entries, repositories } = parsed.data;
  const names = entries.map(({ name }) => name);
  for (const name of names) if (!isEntryName(name)) throw refused(`${shown(name)} is no file of a backup`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refused(`${twice} is in it twice`);
  if (!names.includes(sitesName)) throw refused(`${sitesName} is not in it`);
  for (const [name, refs] of Object.entries(repositories)) checkRefs(name, refs, names);
  return parsed.data;
}

/** Of a newer one nothing else is known. */
function refuseNewer(value: Readonly<Record<string, unknown>>, octohost: string): void {
  const known = { format: formatVersion, schema: schemaVersion };
  const { octohost: made } = value;
  const by = typeof made === 'string' ? made.replaceAll(/[^\w.+-]/g, '').slice(0, 100) : 'of a newer version';
  for (const what of ['format', 'schema'] as const) {
    const found = value[what];
    if (typeof found === 'number' && found > known[what])
      throw errors.E_BACKUP_NEWER({ by, octohost, what, found, known: known[what] });
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw errors.E_BACKUP_MANIFEST({ problem: 'it is not JSON' }, { cause });
  }
}

function isEntryName(name: string): boolean {
  const [whole, repository, site] = namePattern.exec(name) ?? [];
  return whole !== undefined && isSiteName(repository ?? site ?? 'sites');
}

function checkRefs(name: string, refs: Refs, names: readonly string[]): void {
  if (!isSiteName(name)) throw refused(`${shown(name)} is not the name of a repository`);
  if (Object.keys(refs).length > 0 && !names.includes(repositoryName(name)))
    throw refused(`${repositoryName(name)} is not in it`);
  for (const [ref, revision] of Object.entries(refs)) {
    const site = siteOfReleaseRef(ref);
    const isRef = site === undefined ? plainRef.test(ref) : isSiteName(site);
    if (!isRef || ref.length > 4096 || !objectId.test(revision)) throw refused(`${shown(ref)} is no ref`);
  }
}

const refused = (problem: string) => errors.E_BACKUP_MANIFEST({ problem });
const shown = (text: string) => JSON.stringify(text.slice(0, 120));
