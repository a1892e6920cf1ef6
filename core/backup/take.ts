/** What the store has of sites at one moment, as snapshots. */
import { errors } from '../error-catalogue.ts';
import { isSettingKey, isSiteName, type SiteName } from '../grammar.ts';
import { everything, keys, settingsPrefix } from '../keys.ts';
import { withJournal } from '../many-settings.ts';
import { contentsOf } from '../reach.ts';
import { type RecordKind, readRecord, Unreadable } from '../records.ts';
import type { Release } from '../release.ts';
import type { StoreEntry } from '../roles.ts';
import { createKeys, sealedBy, writeKeys } from '../sealing.ts';
import { Secrets } from '../secrets.ts';
import type { World } from '../world.ts';
import { failureToOpen, keysInMemory, resealed, unopened } from './reseal.ts';
import type { SiteSnapshot, Snapshot, Texts } from './snapshot.ts';

/** A snapshot, and what could not be read of it. */
export interface Taken extends Snapshot {
  /** Of sites that are in it, those with secrets. */
  readonly withSecrets: readonly SiteName[];
  /** What of the store cannot be read and is left out, in words. */
  readonly damaged: readonly string[];
}

/** How a snapshot is taken. */
export interface TakeOptions {
  /** True: what opens the secrets is in the snapshot, a key of its own, and never one of this host. */
  readonly secrets: boolean;
}

/**
 * @param sites undefined: all of them, and the access keys
 * @throws E_SITE_UNKNOWN, and where secrets are asked for E_SECRET_FILE
 */
export async function takeSnapshot(
  { state }: World,
  sites: readonly SiteName[] | undefined,
  { secrets }: TakeOptions,
): Promise<Taken> {
  const found = sitesIn(await state.store.list(everything));
  const unknown = sites?.find((site) => !found.known.includes(site));
  if (unknown) throw errors.E_SITE_UNKNOWN({ site: unknown });
  const wanted = found.sites.filter(({ site }) => sites === undefined || sites.includes(site));
  const taken = {
    sites: wanted,
    keys: sites === undefined ? await state.accessKeys() : [],
    withSecrets: wanted.filter(hasSecrets).map(({ site }) => site),
    damaged: found.damaged
      .filter(({ site }) => sites === undefined || sites.includes(site))
      .map(({ what }) => what),
  };
  if (!secrets || taken.withSecrets.length === 0) return taken;
  const own = createKeys();
  const sealing = new Secrets(keysInMemory(own));
  const openable = await Promise.all(wanted.map((site) => openableOf(site, state.secrets)));
  const opened = openable.flatMap(({ site }) => site ?? []);
  return {
    ...taken,
    sites: await Promise.all(opened.map((site) => resealed(site, state.secrets, sealing))),
    withSecrets: opened.filter(hasSecrets).map(({ site }) => site),
    damaged: [...taken.damaged, ...openable.flatMap(({ damaged }) => damaged)],
    secretKeys: writeKeys(own),
  };
}

/** What of a site can be restored elsewhere: releases of before with a secret that nothing opens are left out. */
export async function openableOf(
  snapshot: SiteSnapshot,
  secrets: Secrets,
): Promise<{ readonly site?: SiteSnapshot; readonly damaged: readonly string[] }> {
  const { site, settings, pointer, releases, contents, stabilities } = snapshot;
  const failed = await unopened(snapshot, secrets);
  const failureOf = (release: Release) => {
    const key = contentsOf(release).find((one) => failed.has(one));
    return key === undefined ? undefined : failed.get(key);
  };
  const current = releases.find(({ number }) => number === pointer?.release);
  const error = (await failureToOpen(site, settings, secrets)) ?? (current && failureOf(current));
  if (error) return { damaged: [`${site} is left out: ${error.message} ${error.hint}`] };
  const lost = new Map(releases.map((release) => [release.number, failureOf(release)]));
  const isKept = (number: number) => lost.get(number) === undefined;
  return {
    site: {
      ...snapshot,
      releases: releases.filter(({ number }) => isKept(number)),
      contents: Object.fromEntries(Object.entries(contents).filter(([key]) => !failed.has(key))),
      stabilities: stabilities.filter(({ release }) => isKept(release)),
    },
    damaged: [...lost].flatMap(([number, why]) =>
      why ? [`release ${number} of ${site} is left out: ${why.message}`] : [],
    ),
  };
}

function hasSecrets({ settings, contents }: SiteSnapshot): boolean {
  return [settings, ...Object.values(contents)].some((texts) =>
    Object.values(texts).some((text) => sealedBy(text) !== undefined),
  );
}

interface Damage {
  readonly site: SiteName;
  readonly what: string;
}

interface Found {
  /** Every site, also one that cannot be read. */
  readonly known: readonly SiteName[];
  readonly sites: readonly SiteSnapshot[];
  readonly damaged: readonly Damage[];
}

/** Every site with a pointer or a setting, by name. A site whose current release is not whole is left out. Pure. */
export function sitesIn(entries: readonly Pick<StoreEntry, 'key' | 'value'>[]): Found {
  const values = new Map(entries.map(({ key, value }) => [key, value] as const));
  const named = [...values.keys()].flatMap((key) => [
    ...(key.startsWith(keys.pointers) ? [key.slice(keys.pointers.length)] : []),
    ...(key.startsWith(settingsPrefix) ? [key.slice(settingsPrefix.length).split('/', 1)[0] ?? ''] : []),
  ]);
  const known = [...new Set(named)].filter(isSiteName).toSorted();
  const damaged: Damage[] = [];
  const sites = known.flatMap((site) => {
    const reader = new SiteReader(site, values, (what) => void damaged.push({ site, what }));
    const snapshot = reader.read();
    return snapshot ? [snapshot] : [];
  });
  return { known, sites, damaged };
}

/** Reads the records of one site, and says which cannot be read. */
class SiteReader {
  readonly #site: SiteName;
  readonly #values: ReadonlyMap<string, string>;
  readonly #tell: (what: string) => void;

  constructor(site: SiteName, values: ReadonlyMap<string, string>, tell: (what: string) => void) {
    this.#site = site;
    this.#values = values;
    this.#tell = tell;
  }

  /** Undefined where it is left out. */
  read(): SiteSnapshot | undefined {
    const site = this.#site;
    const pointer = this.#one('pointer', keys.pointer(site));
    const releases = this.#below('release', keys.releases(site));
    const wanted = releases.find(({ number }) => number === pointer?.release);
    const contents = this.#contents(releases.flatMap(contentsOf));
    const gone = wanted && contentsOf(wanted).find((key) => !Object.hasOwn(contents, key));
    const isUnreadable = this.#values.has(keys.pointer(site)) && !pointer;
    if (isUnreadable || (pointer && !wanted) || gone !== undefined) {
      this.#tell(`${site} is left out: its current release is not whole`);
      return undefined;
    }
    const domains = this.#one('domains', keys.domains(site));
    const maintenance = this.#one('maintenance', keys.maintenance(site));
    const published = this.#one('publication', keys.published(site));
    return {
      site,
      settings: this.#settings(),
      contents,
      releases,
      stabilities: this.#below('stability', keys.stabilities(site)),
      services: this.#one('byHand', keys.byHand(site))?.services ?? [],
      ...(domains ? { domains } : {}),
      ...(pointer ? { pointer } : {}),
      ...(maintenance ? { maintenance } : {}),
      ...(published ? { published } : {}),
    };
  }

  #settings(): Texts {
    const stored = Object.fromEntries(this.#entriesBelow(keys.settings(this.#site)));
    const journal = this.#one('settingsJournal', keys.settingsJournal(this.#site)) ?? {};
    const settings = Object.entries(withJournal(stored, journal));
    return Object.fromEntries(settings.filter(([name]) => isSettingKey(name)));
  }

  #contents(wanted: readonly string[]): Record<string, Texts> {
    const prefix = keys.contents(this.#site);
    const found = [...new Set(wanted)].flatMap((key) => {
      const content = this.#one('content', `${prefix}${key}`);
      return content ? [[key, content] as const] : [];
    });
    return Object.fromEntries(found);
  }

  #entriesBelow(prefix: string): [string, string][] {
    return [...this.#values]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]);
  }

  #below<Kind extends RecordKind>(kind: Kind, prefix: string) {
    return this.#entriesBelow(prefix).flatMap(([rest]) => {
      const record = this.#one(kind, `${prefix}${rest}`);
      return record ? [record] : [];
    });
  }

  #one<Kind extends RecordKind>(kind: Kind, key: string) {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const record = readRecord(kind, value);
    if (!(record instanceof Unreadable)) return record;
    this.#tell(`${key} is left out: ${record.problem}`);
    return undefined;
  }
}
