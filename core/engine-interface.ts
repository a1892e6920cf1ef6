/** What the engine can do, for whoever uses one. */
import type { Readable } from 'node:stream';
import type { AccessKey } from './access.ts';
import type { OldSettings } from './adopt.ts';
import type { AgentStatus } from './agent/record.ts';
import type { ServeOptions } from './agent/serve.ts';
import type { AgentEvent } from './agent/shapes.ts';
import type { PackedImages } from './backup/images.ts';
import type { Fate } from './backup/plan-restore.ts';
import type { Restored } from './backup/restore.ts';
import type { Snapshot } from './backup/snapshot.ts';
import type { Taken, TakeOptions } from './backup/take.ts';
import type { ByHandChange, ByHandOutcome } from './by-hand.ts';
import type { SiteSurplus } from './clean.ts';
import type { ResolvedConfig } from './config.ts';
import type { Action, Convergence } from './converge.ts';
import type { Copied } from './copy.ts';
import type { DeployStatus } from './deploys.ts';
import type { CheckResult } from './doctor/run.ts';
import type { DomainsChange, SiteDomain } from './domains.ts';
import type { Outcome } from './engine.ts';
import type { Explained } from './explain.ts';
import type { Adoptable, AdoptableSite, Foreign } from './foreign.ts';
import type { KeyName, SettingKey, SiteName } from './grammar.ts';
import type { LoadedPlugin } from './loaded-plugins.ts';
import type { Lock } from './locks.ts';
import type { PartVersion } from './parts.ts';
import type { Change } from './plan.ts';
import type { Preview, SitePreview, StopPreview } from './preview.ts';
import type { Publication } from './records.ts';
import type { Actor, DeployId, Instance, Release, Settings } from './release.ts';
import type { FactDiff, ReleaseDiff } from './release-diff.ts';
import type { ReleaseStatus } from './releases.ts';
import type { CatalogEntry, LogLine, LogOptions, Streams } from './roles.ts';
import type { RunningInstance } from './running.ts';
import type { Rotation } from './secret-rotation.ts';
import type { ServiceTag } from './service.ts';
import type { CheckedService } from './service-check.ts';
import type { SiteStatus, Statuses } from './sites.ts';
import type { Push } from './source.ts';
import type { ShownSettings } from './state.ts';
import type { DeployTrace } from './trace.ts';
import type { TracedStep, TracedTap, TraceSpan } from './trace-notes.ts';
import type { UnusableThing } from './unusable.ts';
import type { Clock, Operation, ProcessFacts } from './world.ts';

export type {
  Action,
  Adoptable,
  AdoptableSite,
  AgentEvent,
  AgentStatus,
  ByHandChange,
  ByHandOutcome,
  Change,
  CheckedService,
  CheckResult,
  Clock,
  Convergence,
  Copied,
  DeployStatus,
  DeployTrace,
  DomainsChange,
  Explained,
  FactDiff,
  Foreign,
  LoadedPlugin,
  Lock,
  OldSettings,
  Operation,
  Outcome,
  PartVersion,
  Preview,
  ProcessFacts,
  Publication,
  ReleaseDiff,
  ReleaseStatus,
  Rotation,
  RunningInstance,
  ServeOptions,
  ServiceTag,
  ShownSettings,
  SiteDomain,
  SitePreview,
  SiteStatus,
  SiteSurplus,
  Statuses,
  StopPreview,
  TracedStep,
  TracedTap,
  TraceSpan,
  UnusableThing,
};

/** What the engine can do. Doors (git, commands) call nothing else. */
export interface Engine {
  readonly config: ResolvedConfig;
  /** The installation's id, 8 hexadecimal digits. */
  installation(): Promise<string>;
  /**
   * All pushes become current and all stops are made, or nothing. Old instances drain afterwards: call
   * `finishRetiring`. Returns an outcome for each push.
   * @param stops sites to be taken out of the routes with it: those whose branch the push deletes
   */
  deploy(pushes: readonly Push[], operation: Operation, stops?: readonly SiteName[]): Promise<Outcome[]>;
  /** What `deploy` would do; does nothing, and refuses what that would refuse before a build. */
  preview(pushes: readonly Push[], operation: Operation, stops?: readonly SiteName[]): Promise<Preview>;
  /** The last deploys, running or over, of one site or of all; each site's oldest first. */
  deploys(site?: SiteName): Promise<readonly DeployStatus[]>;
  /** The deploy of this id. Throws E_DEPLOY_UNKNOWN. */
  deployOf(deploy: DeployId): Promise<DeployStatus>;
  /** What ran in a deploy that has ended, and how long. @throws E_DEPLOY_UNKNOWN, E_TRACE_NONE */
  trace(deploy: DeployId): Promise<DeployTrace>;
  /**
   * Asks a running deploy to end; its own process cleans up. From here on it cannot become current.
   * Throws E_DEPLOY_UNKNOWN, and E_DEPLOY_OVER once its pointer has moved.
   */
  cancel(deploy: DeployId, by: Actor): Promise<void>;
  /** Scale, configuration, domains, reload, start: a release without a build. */
  change(site: SiteName, change: Change, operation: Operation): Promise<Outcome>;
  /** A release with the content of an old one, without a build; of the one before where no number is given. */
  rollback(site: SiteName, number: number | undefined, operation: Operation): Promise<Outcome>;
  stop(site: SiteName, operation: Operation): Promise<void>;
  /**
   * Makes a new site with the image and configuration of the current release of another one, without its domains, ports of the
   * host, volumes and repository. @throws E_SITE_UNKNOWN, E_SITE_NEVER_RELEASED, E_CLONE_TAKEN, E_IMAGE_GONE
   */
  clone(from: SiteName, site: SiteName, operation: Operation): Promise<Outcome>;
  /**
   * Gives a site another name. It goes on with its image, configuration, releases, own domains, volumes, host ports and services by
   * hand, and keys that name it mean it from then on; only the domain that is made of its name is another one. Returns when
   * nothing is left under the old name, or has warned of it; run again after a kill, it ends what was begun.
   * @throws E_SITE_UNKNOWN, E_SITE_NEVER_RELEASED, E_RENAME_TAKEN, E_RENAME_TIED, E_IMAGE_GONE, E_NO_TRANSFER
   */
  rename(from: SiteName, site: SiteName, operation: Operation): Promise<Outcome>;
  /** What the original octohost runs on this engine, by sites; opens no store. @param old what it kept of each */
  adoptable(old: OldSettings): Promise<Adoptable>;
  /**
   * Takes such a site over: its containers run on, as the instances of a first release.
   * @param old what the original kept of it
   * @throws E_ADOPT_RELEASED
   */
  adopt(found: AdoptableSite, old: Readonly<Record<string, string>>, operation: Operation): Promise<Outcome>;
  /**
   * From now on the router answers for the site in the place of its instances, which go on, or no longer. Returns whether
   * it was another way before. @throws E_SITE_UNKNOWN, E_SITE_NEVER_RELEASED
   */
  setMaintenance(site: SiteName, on: boolean, operation: Operation): Promise<boolean>;
  /** Returns the names of the volumes that were removed. */
  remove(site: SiteName, options: { volumes: boolean }, operation: Operation): Promise<readonly string[]>;
  /** Publishes the current release now; throws where the deploy itself would warn. @throws E_NO_PUBLISHER */
  publish(site: SiteName, operation: Operation): Promise<Publication>;
  /**
   * Fetches an image of the site from the registry, so that it can be deployed; returns its reference by digest.
   * @param reference a tag, a digest or all of a reference; undefined: what was published last
   * @throws E_NO_PUBLISHER
   */
  pull(site: SiteName, reference: string | undefined, operation: Operation): Promise<string>;
  /** Makes the world equal to the current releases. */
  converge(sites: readonly SiteName[] | undefined, operation: Operation): Promise<Convergence>;
  /** What of these sites, or of all, no release within reach needs (`releases.keep`). */
  planClean(sites: readonly SiteName[] | undefined): Promise<readonly SiteSurplus[]>;
  /** Frees it; returns what was freed. */
  clean(sites: readonly SiteName[] | undefined, operation: Operation): Promise<readonly SiteSurplus[]>;
  /** Ends the instances of these sites that serve no more, and frees what nobody needs after that. */
  finishRetiring(sites: readonly SiteName[], operation: Operation): Promise<void>;
  /** Returns when it is known whether the new instances of these sites stay, or their releases are no longer current. */
  watchReleases(sites: readonly SiteName[], operation: Operation): Promise<void>;

  /** Heals the world until the signal aborts. Killed at any time, or run twice, it does no harm. */
  serve(options: ServeOptions): Promise<void>;
  /** The agent of this host; undefined where it never had one. */
  agent(): Promise<AgentStatus | undefined>;
  /** What that agent saw and did: the last so many, oldest first; with `follow` on and on, until the signal aborts. */
  events(options: { follow: boolean; count: number }, signal: AbortSignal): AsyncIterable<AgentEvent>;

  /** What is loaded, in the order of the plugins list. */
  plugins(): Promise<readonly LoadedPlugin[]>;
  /** The JSON Schema of site files here, with the keys of these plugins. */
  siteFileSchema(): Promise<object>;
  /** Looks at all that the installation depends on, by checks of its own and of plugins; changes nothing. */
  runChecks(signal: AbortSignal): Promise<readonly CheckResult[]>;

  /** Who works on what: every lease that is held, by name. */
  locks(): Promise<readonly Lock[]>;
  /**
   * Frees the lease of this name, or those of the site of this name; returns what was freed. Its holder can change
   * nothing any more. @param options.force true: also where the holder is alive
   * @throws E_LOCK_UNKNOWN, E_LOCK_ALIVE
   */
  unlock(name: string, options: { force: boolean }): Promise<readonly Lock[]>;
  /** Does a door's work on something of this name alone; others wait, and are told for whom. */
  exclusively<Result>(name: SiteName, operation: Operation, work: () => Promise<Result>): Promise<Result>;
  /** Opens what a deploy of the site needs, while a door still waits for what is pushed. Never throws. */
  warmUp(site: SiteName): Promise<void>;

  sites(): Promise<SiteName[]>;
  status(site: SiteName): Promise<SiteStatus>;
  /** How all sites are, by name. */
  statuses(): Promise<Statuses>;
  /** Every instance of one site or of all, whatever it is there for. */
  running(site?: SiteName): Promise<readonly RunningInstance[]>;
  /** Oldest first. */
  releases(site: SiteName): Promise<readonly ReleaseStatus[]>;
  /** What differs between two releases; settings by name alone. @throws E_RELEASE_UNKNOWN */
  diff(site: SiteName, from: number, to: number): Promise<ReleaseDiff>;
  /** The current release; undefined before the first deploy. */
  current(site: SiteName): Promise<Release | undefined>;
  /** All of them, secrets too. @throws E_SECRET_KEY, E_SECRET_CHANGED */
  settings(site: SiteName): Promise<Settings>;
  /** Those that are not secret, and the names of the others. */
  shownSettings(site: SiteName): Promise<ShownSettings>;
  /** Stores settings, and how the site's own domains change, without making a release; null deletes. */
  setSettings(
    site: SiteName,
    values: Readonly<Record<SettingKey, string | null>>,
    change?: DomainsChange & Pick<Change, 'secrets'>,
  ): Promise<void>;
  /** Seals all secret settings, those that releases keep included, with another key. */
  rotateSecrets(operation: Operation): Promise<Rotation>;
  domains(site: SiteName): Promise<readonly SiteDomain[]>;
  /** What the site is run with, and where each value comes from. */
  explain(site: SiteName): Promise<readonly Explained[]>;
  /** What the catalog has of one site, or of all, by id. */
  services(site?: SiteName): Promise<readonly CatalogEntry[]>;
  /** What others wrote into the store or the catalog and octohost cannot use: of one site, or all there is. */
  unusable(site?: SiteName): Promise<readonly UnusableThing[]>;
  /** The services, each asked once from this host by its own check; changes nothing. */
  checkServices(site: SiteName | undefined, signal: AbortSignal): Promise<readonly CheckedService[]>;
  /** Tags of the site's services and where each comes from. @throws E_SITE_UNKNOWN */
  serviceTags(site: SiteName): Promise<readonly ServiceTag[]>;
  /** Gives a site services that run elsewhere, or takes them away; the routes change with it, or nothing does. */
  changeByHand(site: SiteName, change: ByHandChange, operation: Operation): Promise<ByHandOutcome>;
  /** Puts what runs of current releases into the catalog where it is missing there; starts and ends nothing. */
  registerServices(sites: readonly SiteName[] | undefined, operation: Operation): Promise<Convergence>;
  /** Takes out of the catalog what has no instance behind it and was not given by hand. */
  removeOrphans(sites: readonly SiteName[], operation: Operation): Promise<Convergence>;
  /** Names of the volumes that hold the site's data; they outlive the site unless they are removed with it. */
  volumes(site: SiteName): Promise<readonly string[]>;

  /**
   * Of these sites, or of all: what the store has of them, as it was at one moment.
   * @throws E_SITE_UNKNOWN, and where secrets are asked for E_SECRET_KEY, E_SECRET_CHANGED
   */
  snapshot(sites: readonly SiteName[] | undefined, options: TakeOptions): Promise<Taken>;
  /** The images that a site's releases run; undefined where it has none. @throws E_NO_TRANSFER */
  packImages(site: SiteName, signal: AbortSignal): Promise<PackedImages | undefined>;
  /** What would become of each site of a snapshot; changes nothing. @throws E_BACKUP_CONTENT */
  planRestore(snapshot: Snapshot): Promise<readonly Fate[]>;
  /**
   * One site of a snapshot with everything, or not at all; `converge` brings it up. @param images what `packImages` gave,
   * a new stream at each call
   * @throws E_RESTORE_REFUSED, E_NO_TRANSFER
   */
  restore(
    snapshot: Snapshot,
    site: SiteName,
    images: (() => Readable) | undefined,
    operation: Operation,
  ): Promise<Restored>;
  /**
   * Runs a command in a new container as the instances of the current release are, but without ports, and removes it at
   * its end. Returns its exit code. What it writes goes to the streams as it is: secrets are not hidden in it.
   * @throws E_SITE_UNKNOWN, E_SITE_NEVER_RELEASED, E_START_REFUSED; E_ABORTED where the operation's signal ended it
   */
  runAttended(
    site: SiteName,
    command: readonly string[],
    streams: Streams,
    operation: Operation,
  ): Promise<number>;
  /** The same in an instance that runs. An abort gives up waiting: what runs there may go on. */
  execAttended(
    instance: Instance,
    command: readonly string[],
    streams: Streams,
    operation: Operation,
  ): Promise<number>;
  /** Instances of the current release. */
  instances(site: SiteName): Promise<readonly Instance[]>;
  logs(instance: Instance, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine>;

  /** Every key, by name. */
  keys(): Promise<readonly AccessKey[]>;
  key(name: KeyName): Promise<AccessKey | undefined>;
  /** Adds a key, or gives the one of that name other rights. @throws E_KEY_TAKEN, E_KEY_TWICE */
  addKey(key: AccessKey): Promise<void>;
  /** @throws E_KEY_UNKNOWN */
  removeKey(name: KeyName): Promise<void>;
  /** Does work on the keys alone; others wait. */
  lockKeys<Result>(operation: Operation, work: () => Promise<Result>): Promise<Result>;
  /** The versions of what the plugins work with; what does not answer is told as such. */
  parts(signal: AbortSignal): Promise<readonly PartVersion[]>;
  close(): Promise<void>;
}
