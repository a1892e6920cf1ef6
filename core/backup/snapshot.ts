/** What sites are made of, apart from any installation: as it is kept in a backup, and as it moves to another host. */
import * as z from 'zod/mini';
import type { AccessKey } from '../access.ts';
import { errors } from '../error-catalogue.ts';
import { isSiteName, type SiteName } from '../grammar.ts';
import {
  type DomainRecord,
  type Maintenance,
  type Pointer,
  type Publication,
  type RecordKind,
  recordIn,
  type Stability,
  Unreadable,
} from '../records.ts';
import type { ByHandService, Release } from '../release.ts';

/** Texts by name, as the store has them: what is secret is sealed. */
export type Texts = Readonly<Record<string, string>>;

/** What the store has of a site, as it was at one moment. */
export interface SiteSnapshot {
  readonly site: SiteName;
  readonly settings: Texts;
  /** Absent: it never had any. */
  readonly domains?: DomainRecord;
  /** Absent before the first release. */
  readonly pointer?: Pointer;
  /** Oldest first. */
  readonly releases: readonly Release[];
  /** Environments, settings, site files and certificates of its releases, by content key. */
  readonly contents: Readonly<Record<string, Texts>>;
  readonly stabilities: readonly Stability[];
  /** Those that were given to it by hand. */
  readonly services: readonly ByHandService[];
  /** Present while the router answers in the place of its instances. */
  readonly maintenance?: Maintenance;
  /** What the registry has of it. */
  readonly published?: Publication;
}

/** Sites as they were at one moment. */
export interface Snapshot {
  /** By name. */
  readonly sites: readonly SiteSnapshot[];
  /** Empty where only some sites were asked for. */
  readonly keys: readonly AccessKey[];
  /** Opens what is sealed in here, as the text of a file of keys; absent: the keys of the installation that it is of do. */
  readonly secretKeys?: string;
}

const texts = z.record(z.string(), z.string());
const shape = z.strictObject({
  sites: z.array(
    z.strictObject({
      site: z.string(),
      settings: texts,
      domains: z.optional(z.unknown()),
      pointer: z.optional(z.unknown()),
      releases: z.array(z.unknown()),
      contents: z.record(z.string(), texts),
      stabilities: z.array(z.unknown()),
      services: z.array(z.unknown()),
      maintenance: z.optional(z.unknown()),
      published: z.optional(z.unknown()),
    }),
  ),
  keys: z.array(z.unknown()),
  secretKeys: z.optional(z.string()),
});

/**
 * The snapshot in a text from anywhere. Its shape alone is looked at here; what it says, where it is to be restored. Pure.
 * @throws E_BACKUP_CONTENT
 */
export function readSnapshot(text: string): Snapshot {
  const parsed = shape.safeParse(jsonIn(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw errors.E_BACKUP_CONTENT({ problem: `${issue?.path.join('.')}: ${issue?.message}` });
  }
  const { sites, keys, secretKeys } = parsed.data;
  const names = sites.map(({ site }) => site);
  if (new Set(names).size < names.length) throw errors.E_BACKUP_CONTENT({ problem: 'it has one site twice' });
  return {
    sites: sites.map(readSite),
    keys: keys.map((key) => required('accessKey', key)),
    ...(secretKeys === undefined ? {} : { secretKeys }),
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw errors.E_BACKUP_CONTENT({ problem: 'what it says of sites is not JSON' }, { cause });
  }
}

type Shaped = z.infer<typeof shape>['sites'][number];

function readSite({ site, settings, contents, ...records }: Shaped): SiteSnapshot {
  if (!isSiteName(site))
    throw errors.E_BACKUP_CONTENT({
      problem: `${JSON.stringify(site.slice(0, 80))} is not the name of a site`,
    });
  const { domains, pointer, releases, stabilities, services, maintenance, published } = records;
  return {
    site,
    settings,
    contents,
    releases: releases.map((one) => required('release', one)),
    stabilities: stabilities.map((one) => required('stability', one)),
    services: required('byHand', { site, services }).services,
    ...(domains === undefined ? {} : { domains: required('domains', domains) }),
    ...(pointer === undefined ? {} : { pointer: required('pointer', pointer) }),
    ...(maintenance === undefined ? {} : { maintenance: required('maintenance', maintenance) }),
    ...(published === undefined ? {} : { published: required('publication', published) }),
  };
}

function required<Kind extends RecordKind>(kind: Kind, value: unknown) {
  const record = recordIn(kind, value);
  if (record instanceof Unreadable)
    throw errors.E_BACKUP_CONTENT({ problem: `a record in it (${kind}): ${record.problem}` });
  return record;
}
