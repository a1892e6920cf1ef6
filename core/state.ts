/** What lives in the store, typed; where it is, keys.ts knows. */
import { randomBytes } from 'node:crypto';
import type { AccessKey } from './access.ts';
import type { AgentEvents, AgentRecord } from './agent/shapes.ts';
import { errors } from './error-catalogue.ts';
import { isSiteName, type KeyName, type SettingKey, type SiteName } from './grammar.ts';
import { keys, settingsPrefix } from './keys.ts';
import { type SettingValues, withJournal } from './many-settings.ts';
import { readableEntry, readEntry } from './read-entry.ts';
import type {
  Adopted,
  ByHand,
  DeployRecord,
  DomainRecord,
  LeaseHolder,
  Maintenance,
  Pointer,
  PortReservation,
  Publication,
  Retiring,
  Stability,
} from './records.ts';
import type { AdoptedVolume, Certificate, DeployId, Instance, Release, Settings } from './release.ts';
import type { Store, StoreOperation } from './roles.ts';
import { sealedBy } from './sealing.ts';
import type { Opened, Secrets } from './secrets.ts';
import type { DeployTrace } from './trace.ts';

/** A record with the version that a compare-and-set needs. */
export interface Versioned<Record> {
  readonly record: Record;
  readonly version: number;
}

/** A lease that somebody took and did not give back yet. */
export interface HeldLease {
  readonly name: string;
  readonly number: number;
  readonly holder: LeaseHolder;
  readonly beat: number | undefined;
  readonly version: number;
}

/** Settings for everybody's eyes. */
export interface ShownSettings {
  /** Those that are not secret. */
  readonly settings: Settings;
  /** Names. */
  readonly secrets: readonly SettingKey[];
}

/** Reads and writes the records of one installation. */
export class State {
  readonly store: Store;
  readonly secrets: Secrets;
  #installation: Promise<string> | undefined;

  constructor(store: Store, secrets: Secrets) {
    this.store = store;
    this.secrets = secrets;
  }

  /** The installation's id; made at the first call ever, by whoever comes first. */
  installation(): Promise<string> {
    this.#installation ??= this.#findInstallation();
    return this.#installation;
  }

  /** The installation's id, if it has one yet. */
  async knownInstallation(): Promise<string | undefined> {
    return (await this.store.get(keys.installation))?.value;
  }

  async #findInstallation(): Promise<string> {
    const known = await this.knownInstallation();
    if (known !== undefined) return known;
    const value = randomBytes(4).toString('hex');
    const made = await this.store.transact([
      { kind: 'set', key: keys.installation, value, expect: 'absent' },
    ]);
    return made.done ? value : this.#findInstallation();
  }

  /** Those that are written together are seen together. */
  async settings(site: SiteName): Promise<Settings> {
    return (await this.openedSettings(site)).values;
  }

  /** The settings as they are meant, and which of them are secret. */
  async openedSettings(site: SiteName): Promise<Opened> {
    return this.secrets.open(site, await this.#storedSettings(site));
  }

  /** Names and values as far as everybody may see them; needs no key. */
  async shownSettings(site: SiteName): Promise<ShownSettings> {
    const stored = Object.entries(await this.#storedSettings(site));
    const [plain, secret] = [false, true].map((is) =>
      stored.filter(([, value]) => (sealedBy(value) !== undefined) === is),
    );
    return {
      settings: Object.fromEntries(plain ?? []),
      secrets: (secret ?? []).map(([name]) => name as SettingKey),
    };
  }

  async #storedSettings(site: SiteName): Promise<Record<string, string>> {
    const prefix = keys.settings(site);
    for (;;) {
      const before = await this.settingsJournal(site);
      const entries = await this.store.list(prefix);
      const after = await this.store.get(keys.settingsJournal(site));
      if (before?.version !== after?.version) continue;
      const stored = Object.fromEntries(entries.map(({ key, value }) => [key.slice(prefix.length), value]));
      return withJournal(stored, before?.record ?? {});
    }
  }

  async settingsJournal(site: SiteName): Promise<Versioned<SettingValues> | undefined> {
    const entry = await this.store.get(keys.settingsJournal(site));
    return entry && { record: readEntry('settingsJournal', entry), version: entry.version };
  }

  /** Sites with at least one setting, released or not. */
  async sitesWithSettings(): Promise<SiteName[]> {
    const entries = await this.store.list(settingsPrefix);
    const names = entries.map(({ key }) => key.slice(settingsPrefix.length).split('/', 1)[0] ?? '');
    return [...new Set(names)].filter(isSiteName);
  }

  async pointer(site: SiteName): Promise<Versioned<Pointer> | undefined> {
    const entry = await this.store.get(keys.pointer(site));
    return entry && { record: readEntry('pointer', entry), version: entry.version };
  }

  /** Of every site whose pointer can be read; one that cannot stops nobody but its own site. */
  async pointers(): Promise<Pointer[]> {
    return (await this.store.list(keys.pointers)).flatMap((entry) => readableEntry('pointer', entry));
  }

  /** Every site that has a pointer, readable or not. */
  async sitesWithPointer(): Promise<SiteName[]> {
    const entries = await this.store.list(keys.pointers);
    return entries.map(({ key }) => key.slice(keys.pointers.length)).filter(isSiteName);
  }

  /** Oldest first. */
  async releases(site: SiteName): Promise<Release[]> {
    return (await this.store.list(keys.releases(site))).map((entry) => readEntry('release', entry));
  }

  async release(site: SiteName, number: number): Promise<Release | undefined> {
    const entry = await this.store.get(keys.release(site, number));
    return entry && readEntry('release', entry);
  }

  /** The release that the site's pointer names, stopped or not; undefined before the first. */
  async currentRelease(site: SiteName): Promise<Release | undefined> {
    const pointer = await this.pointer(site);
    return pointer && this.release(site, pointer.record.release);
  }

  /**
   * A name that was mistyped leaves nothing on record.
   * @throws E_SITE_UNKNOWN, E_SITE_NEVER_RELEASED
   */
  async requireReleased(site: SiteName): Promise<void> {
    if (await this.pointer(site)) return;
    const isKnown = Object.keys(await this.settings(site)).length > 0;
    throw isKnown ? errors.E_SITE_NEVER_RELEASED({ site }) : errors.E_SITE_UNKNOWN({ site });
  }

  /** What a release's instances get. */
  async environment({ site, environment }: Release): Promise<Record<string, string>> {
    return (await this.#content(site, environment)).values;
  }

  /** What a release was made with; DOMAINS are those that were set. */
  settingsOf({ site, settings }: Release): Promise<Opened> {
    return this.#content(site, settings);
  }

  /** What its site file says. */
  async saidOf({ site, declared: { conf } }: Release): Promise<Record<string, string>> {
    return conf ? (await this.#content(site, conf.values)).values : {};
  }

  /** Of all that is stored for releases of a site: environments, settings, certificates. */
  async contentKeys(site: SiteName): Promise<ReadonlySet<string>> {
    const prefix = keys.contents(site);
    return new Set((await this.store.list(prefix)).map(({ key }) => key.slice(prefix.length)));
  }

  async #content(site: SiteName, name: string): Promise<Opened> {
    const key = keys.content(site, name);
    const entry = await this.store.get(key);
    if (!entry) throw errors.E_STATE({ key, problem: 'it is gone' });
    return this.secrets.open(site, readEntry('content', entry));
  }

  /** Undefined where it is gone or cannot be read: that is the site's own harm, and stops no other's routes. */
  async certificate(site: SiteName, key: string): Promise<Certificate | undefined> {
    const entry = await this.store.get(keys.content(site, key));
    const [found] = entry ? readableEntry('certificate', entry) : [];
    return found && this.#openCertificate(site, found).catch(() => undefined);
  }

  async #openCertificate(site: SiteName, { certificate, key }: Certificate): Promise<Certificate> {
    const { values } = await this.secrets.open(site, { SSL_KEY: key });
    return { certificate, key: values['SSL_KEY'] ?? key };
  }

  async domains(site: SiteName): Promise<DomainRecord> {
    const entry = await this.store.get(keys.domains(site));
    return entry ? readEntry('domains', entry) : { written: '', set: [] };
  }

  async claimant(domain: string): Promise<{ site: string; version: number } | undefined> {
    const entry = await this.store.get(keys.claim(domain));
    return entry && { site: entry.value, version: entry.version };
  }

  async retiring(site: SiteName): Promise<Versioned<Retiring> | undefined> {
    const entry = await this.store.get(keys.retiring(site));
    return entry && { record: readEntry('retiring', entry), version: entry.version };
  }

  async retirings(): Promise<Retiring[]> {
    return (await this.store.list(keys.retirings)).flatMap((entry) => readableEntry('retiring', entry));
  }

  async adopted(site: SiteName): Promise<Versioned<Adopted> | undefined> {
    const entry = await this.store.get(keys.adopted(site));
    return entry && { record: readEntry('adopted', entry), version: entry.version };
  }

  /** Of one site or of all. */
  async adoptedInstances(site?: SiteName): Promise<Instance[]> {
    const entries = await this.store.list(site ? keys.adopted(site) : keys.allAdopted);
    return entries
      .flatMap((entry) => readableEntry('adopted', entry))
      .filter((record) => site === undefined || record.site === site)
      .flatMap(({ instances }) => instances);
  }

  /** None for a site that was not taken over, or had none. */
  async adoptedVolumes(site: SiteName): Promise<readonly AdoptedVolume[]> {
    const entry = await this.store.get(keys.adoptedVolumes(site));
    return entry ? readEntry('adoptedVolumes', entry).volumes : [];
  }

  async byHand(site: SiteName): Promise<Versioned<ByHand> | undefined> {
    const entry = await this.store.get(keys.byHand(site));
    return entry && { record: readEntry('byHand', entry), version: entry.version };
  }

  async byHands(): Promise<ByHand[]> {
    return (await this.store.list(keys.byHands)).flatMap((entry) => readableEntry('byHand', entry));
  }

  async maintenance(site: SiteName): Promise<Versioned<Maintenance> | undefined> {
    const entry = await this.store.get(keys.maintenance(site));
    return entry && { record: readEntry('maintenance', entry), version: entry.version };
  }

  async maintenances(): Promise<Maintenance[]> {
    return (await this.store.list(keys.maintenances)).flatMap((one) => readableEntry('maintenance', one));
  }

  async deploy(site: SiteName, deploy: DeployId): Promise<Versioned<DeployRecord> | undefined> {
    const entry = await this.store.get(keys.deploy(site, deploy));
    return entry && { record: readEntry('deploy', entry), version: entry.version };
  }

  /** Of one site or of all; each site's oldest first. */
  async deploys(site?: SiteName): Promise<Versioned<DeployRecord>[]> {
    const entries = await this.store.list(site ? keys.deploysOf(site) : keys.deploys);
    return entries.flatMap((entry) =>
      readableEntry('deploy', entry).map((record) => ({ record, version: entry.version })),
    );
  }

  /** Oldest first. */
  async traces(site: SiteName): Promise<DeployTrace[]> {
    const entries = await this.store.list(keys.traces(site));
    return entries.flatMap((entry) => readableEntry('trace', entry));
  }

  async trace(site: SiteName, deploy: DeployId): Promise<Versioned<DeployTrace> | undefined> {
    const entry = await this.store.get(keys.trace(site, deploy));
    return entry && { record: readEntry('trace', entry), version: entry.version };
  }

  /** Oldest first. A release that started no instances has none. */
  async stabilities(site: SiteName): Promise<Stability[]> {
    const entries = await this.store.list(keys.stabilities(site));
    return entries.flatMap((entry) => readableEntry('stability', entry));
  }

  async stability(site: SiteName, number: number): Promise<Versioned<Stability> | undefined> {
    const entry = await this.store.get(keys.stability(site, number));
    const [record] = entry ? readableEntry('stability', entry) : [];
    return entry && record && { record, version: entry.version };
  }

  /** What the registry has of a site; undefined where nobody knows. */
  async publication(site: SiteName): Promise<Publication | undefined> {
    const entry = await this.store.get(keys.published(site));
    return entry && readEntry('publication', entry);
  }

  async ports(address: string): Promise<Map<number, Versioned<PortReservation>>> {
    const prefix = keys.ports(address);
    const entries = await this.store.list(prefix);
    return new Map(
      entries.map((entry) => [
        Number(entry.key.slice(prefix.length)),
        { record: readEntry('port', entry), version: entry.version },
      ]),
    );
  }

  async accessKey(name: KeyName): Promise<Versioned<AccessKey> | undefined> {
    const entry = await this.store.get(keys.accessKey(name));
    return entry && { record: readEntry('accessKey', entry), version: entry.version };
  }

  /** Every key that can be read, by name. */
  async accessKeys(): Promise<AccessKey[]> {
    return (await this.store.list(keys.accessKeys)).flatMap((entry) => readableEntry('accessKey', entry));
  }

  /** Of every lease that is held, by name; what it was last heard of is in milliseconds since 1970. */
  async heldLeases(): Promise<HeldLease[]> {
    const [leases, beats] = await Promise.all([
      this.store.list(keys.leases),
      this.store.list(keys.heartbeats),
    ]);
    const beatOf = new Map(
      beats.map(({ key, value }) => [key.slice(keys.heartbeats.length), Number(value)] as const),
    );
    return leases.flatMap((entry) =>
      readableEntry('lease', entry).flatMap(({ number, holder }) => {
        const name = entry.key.slice(keys.leases.length);
        return holder ? [{ name, number, holder, beat: beatOf.get(name), version: entry.version }] : [];
      }),
    );
  }

  async agent(host: string): Promise<AgentRecord | undefined> {
    const entry = await this.store.get(keys.agent(host));
    return entry && readableEntry('agent', entry)[0];
  }

  /** Of every host. */
  async agents(): Promise<AgentRecord[]> {
    return (await this.store.list(keys.agents)).flatMap((entry) => readableEntry('agent', entry));
  }

  /** Of one host's agent; none where it never had one. */
  async agentEvents(host: string): Promise<AgentEvents['events']> {
    const entry = await this.store.get(keys.agentEvents(host));
    return entry ? readableEntry('agentEvents', entry).flatMap(({ events }) => events) : [];
  }

  async routesRevision(): Promise<number> {
    return (await this.store.get(keys.routes))?.version ?? 0;
  }

  /** All or nothing; a condition that does not hold is an error that names what somebody else changed. */
  async commit(what: string, operations: readonly StoreOperation[]): Promise<number> {
    const result = await this.store.transact(operations);
    if (!result.done) throw errors.E_CONFLICT({ what, keys: result.conflicts });
    return result.version;
  }

  /**
   * The same, computed anew when all that changed is which instances retire, or that a deploy was cancelled: those who
   * do that need no lease, and what is computed anew says what it means.
   */
  async commitAnew<Operations extends readonly StoreOperation[]>(
    what: string,
    compute: () => Promise<Operations>,
  ): Promise<{ version: number; operations: Operations }> {
    for (;;) {
      const operations = await compute();
      const result = await this.store.transact(operations);
      if (result.done) return { version: result.version, operations };
      const others = result.conflicts.filter(
        (key) => !key.startsWith(keys.retirings) && !key.startsWith(keys.deploys),
      );
      if (others.length > 0) throw errors.E_CONFLICT({ what, keys: others });
    }
  }
}
