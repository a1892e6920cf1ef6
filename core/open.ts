/** Opens an engine: plugins assembled, nothing touched yet. */

import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { AccessKey } from './access.ts';
import { addKey, removeKey } from './access-keys.ts';
import { adoptableSites, type OldSettings } from './adopt.ts';
import { type AgentStatus, agentEvents, agentStatus } from './agent/record.ts';
import { type ServeOptions, serve } from './agent/serve.ts';
import type { AgentEvent } from './agent/shapes.ts';
import { type PackedImages, packImages } from './backup/images.ts';
import type { Fate } from './backup/plan-restore.ts';
import { planRestore, type Restored, restoreSite } from './backup/restore.ts';
import type { Snapshot } from './backup/snapshot.ts';
import { type Taken, type TakeOptions, takeSnapshot } from './backup/take.ts';
import { type ByHandChange, type ByHandOutcome, changeByHand } from './by-hand.ts';
import { clean, planClean, type SiteSurplus } from './clean.ts';
import type { ResolvedConfig } from './config.ts';
import type { Action, Convergence } from './converge.ts';
import { type Copied, copyInstallation } from './copy.ts';
import { cancel, type DeployStatus, findDeploy, statusOf } from './deploys.ts';
import { type CheckResult, runChecks } from './doctor.ts';
import type { DomainsChange, SiteDomain } from './domains.ts';
import { adopt, change, deploy, type Outcome, stop } from './engine.ts';
import { errors } from './error-catalogue.ts';
import { type Explained, explain } from './explain.ts';
import type { Adoptable, AdoptableSite, Foreign } from './foreign.ts';
import type { KeyName, SettingKey, SiteName } from './grammar.ts';
import { findInstances } from './instances.ts';
import { type LoadedPlugin, loadedPlugins } from './loaded-plugins.ts';
import { type Lock, listLocks, unlock } from './locks.ts';
import { type PartVersion, versionsOf } from './parts.ts';
import type { Change } from './plan.ts';
import { assemble } from './plugin.ts';
import { type Preview, preview, type SitePreview, type StopPreview } from './preview.ts';
import { publishNow, pull } from './publish.ts';
import type { Publication } from './records.ts';
import { redactedEngine } from './redacted-engine.ts';
import type { Actor, DeployId, Instance, Release, Settings } from './release.ts';
import { diffReleases, type FactDiff, type ReleaseDiff } from './release-diff.ts';
import { listReleases, type ReleaseStatus } from './releases.ts';
import { convergeAndRelink, finishTied, thenRelink, watchTied } from './relink.ts';
import type { CatalogEntry, LogLine, LogOptions } from './roles.ts';
import { rollback } from './rollback.ts';
import { withSchema } from './schema.ts';
import { secretKeyFile } from './secret-key-file.ts';
import { type Rotation, rotateSecrets } from './secret-rotation.ts';
import { Secrets } from './secrets.ts';
import type { ServiceTag } from './service.ts';
import { type CheckedService, checkServices } from './service-check.ts';
import { registerServices, removeOrphans, tagsOf } from './services.ts';
import { domainsOf, storeSettings } from './settings.ts';
import { siteFileKeys } from './site-file-key.ts';
import { siteFileJsonSchema } from './site-file-schema.ts';
import { withDoor, withKeys } from './site-leases.ts';
import { listSites, remove, type SiteStatus, status } from './sites.ts';
import type { Push } from './source.ts';
import { type ShownSettings, State } from './state.ts';
import { type DeployTrace, traceOf } from './trace.ts';
import type { TracedStep, TracedTap, TraceSpan } from './trace-notes.ts';
import { findUnusable, type UnusableThing } from './unusable.ts';
import type { Clock, Operation, ProcessFacts, World } from './world.ts';

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
  ServeOptions,
  ServiceTag,
  ShownSettings,
  SiteDomain,
  SitePreview,
  SiteStatus,
  SiteSurplus,
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
  /** What the original octohost runs on this engine, by sites; opens no store. @param old what it kept of each */
  adoptable(old: OldSettings): Promise<Adoptable>;
  /**
   * Takes such a site over: its containers run on, as the instances of a first release.
   * @param old what the original kept of it
   * @throws E_ADOPT_RELEASED
   */
  adopt(found: AdoptableSite, old: Readonly<Record<string, string>>, operation: Operation): Promise<Outcome>;
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
  /** Runs the checks of all plugins, each for at most 10 seconds; changes nothing. */
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

/** What an engine is made of: the configuration, and all that it would else have to ask the process for. */
export interface EngineOptions {
  readonly config: ResolvedConfig;
  /** The process's environment; plugins see it with the configuration's own on top. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly process: ProcessFacts;
  /** Left out: the system's. */
  readonly clock?: Clock;
}

/**
 * So many instances are started at the same time, for each core. A start keeps the runtime busy; more of them at once
 * would all be ready late instead of one after the other.
 */
const startsPerCore = 2;

/** The time of this machine. Tests give an engine another. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  },
};

/** Sets up the plugins of a configuration. Throws with every gap named; does no I/O. */
export function openEngine(options: EngineOptions): Engine {
  const world = createWorld(options);
  return redactedEngine(engineOf(world, options), world.state);
}

function engineOf(world: World, options: EngineOptions): Engine {
  const { state, providers } = world;
  return {
    config: options.config,
    installation: () => state.installation(),
    deploy: (pushes, operation, stops = []) =>
      thenRelink(world, operation, deploy(world, pushes, stops, operation)),
    preview: (pushes, operation, stops = []) => preview(world, pushes, stops, operation),
    deploys: async (site) => (await state.deploys(site)).map(({ record }) => statusOf(world, record)),
    deployOf: async (id) => statusOf(world, (await findDeploy(world, id)).record),
    trace: (id) => traceOf(world, id),
    cancel: (id, by) => cancel(world, id, by),
    change: (site, wanted, operation) => thenRelink(world, operation, change(world, site, wanted, operation)),
    rollback: (site, number, operation) =>
      thenRelink(world, operation, rollback(world, site, number, operation)),
    stop: (site, operation) => stop(world, site, operation),
    ...aroundOf(world),
    remove: (site, wanted, operation) => remove(world, site, wanted, operation),
    publish: (site, operation) => publishNow(world, site, operation),
    pull: (site, reference, operation) => pull(world, site, reference, operation),
    converge: (sites, operation) => convergeAndRelink(world, sites, operation),
    planClean: (sites) => planClean(world, sites),
    clean: (sites, operation) => clean(world, sites, operation),
    finishRetiring: (sites, operation) => finishTied(world, sites, operation),
    watchReleases: (sites, operation) => watchTied(world, sites, operation),
    ...agentOf(world),
    plugins: async () => loadedPlugins(options.config.plugins, world.uses),
    siteFileSchema: async () => siteFileJsonSchema(siteFileKeys(options.config.plugins)),
    runChecks: (signal) => runChecks(options.config.plugins, signal),
    locks: () => listLocks(world),
    unlock: (name, wanted) => unlock(world, name, wanted),
    exclusively: (name, operation, work) => withDoor(world, name, operation, work),
    async warmUp(site) {
      await Promise.allSettled([state.pointer(site), providers.runtime.list(site)]);
    },
    sites: () => listSites(world),
    status: (site) => status(world, site),
    releases: (site) => listReleases(world, site),
    diff: (site, from, to) => diffReleases(world, site, from, to),
    current: (site) => state.currentRelease(site),
    settings: (site) => state.settings(site),
    shownSettings: (site) => state.shownSettings(site),
    setSettings: (site, values, more) => storeSettings(world, site, values, more),
    rotateSecrets: (operation) => rotateSecrets(world, operation),
    domains: (site) => domainsOf(world, site),
    explain: async (site) => explainSite(world, site, await state.currentRelease(site)),
    async instances(site) {
      const release = await state.currentRelease(site);
      if (!release) throw errors.E_SITE_NEVER_RELEASED({ site });
      return (await findInstances(world, release)).kept;
    },
    services: (site) => providers.registrar.list(site),
    unusable: (site) => findUnusable(world, site),
    checkServices: (site, signal) => checkServices(world, site, signal),
    serviceTags: (site) => tagsOf(world, site),
    changeByHand: (site, wanted, operation) => changeByHand(world, site, wanted, operation),
    registerServices: (sites, operation) => registerServices(world, sites, operation),
    removeOrphans: (sites, operation) => removeOrphans(world, sites, operation),
    volumes: (site) => providers.runtime.volumes(site),
    logs: (instance, wanted, signal) => providers.runtime.logs(instance, wanted, signal),
    ...backupOf(world),
    ...keysOf(world),
    close: () => providers.store.close(),
  };
}

/** What is there beside the sites: what could be taken over, and what the plugins work with. */
function aroundOf(world: World): Pick<Engine, 'adoptable' | 'adopt' | 'parts'> {
  return {
    parts: (signal) => versionsOf(world.parts, signal),
    adoptable: (old) => adoptableSites(world, old),
    adopt: (found, old, operation) => adopt(world, found, old, operation),
  };
}

function keysOf(world: World): Pick<Engine, 'keys' | 'key' | 'addKey' | 'removeKey' | 'lockKeys'> {
  const { state } = world;
  return {
    keys: () => state.accessKeys(),
    key: async (name) => (await state.accessKey(name))?.record,
    addKey: (key) => addKey(state, key),
    removeKey: (name) => removeKey(state, name),
    lockKeys: (operation, work) => withKeys(world, operation, work),
  };
}

function backupOf(world: World): Pick<Engine, 'snapshot' | 'packImages' | 'planRestore' | 'restore'> {
  return {
    snapshot: (sites, wanted) => takeSnapshot(world, sites, wanted),
    packImages: (site, signal) => packImages(world, site, signal),
    planRestore: (snapshot) => planRestore(world, snapshot),
    restore: (snapshot, site, images, operation) => restoreSite(world, snapshot, site, images, operation),
  };
}

function agentOf(world: World): Pick<Engine, 'serve' | 'agent' | 'events'> {
  return {
    serve: (wanted) => serve(world, wanted),
    agent: () => agentStatus(world),
    events: (wanted, signal) => agentEvents(world, wanted, signal),
  };
}

/**
 * Copies an installation from the store and registrar of one configuration to those of another, and closes both.
 * @throws E_COPY_EMPTY, E_COPY_OTHER, E_COPY_BUSY, E_COPY_CHANGED
 */
export async function copyBetween(from: EngineOptions, to: EngineOptions): Promise<Copied> {
  const worlds = [createWorld(from), createWorld(to)] as const;
  try {
    return await copyInstallation(...worlds);
  } finally {
    for (const { providers } of worlds) await providers.store.close();
  }
}

function createWorld({ config, environment, process, clock = systemClock }: EngineOptions): World {
  let state: State | undefined;
  const told: World['told'] = new Map();
  const installation = {
    id: () => (state as State).installation(),
    adopted: (site?: SiteName) => (state as State).adoptedInstances(site),
    dataDir: config.dataDir,
    http: config.http,
    https: config.https,
    environment: { ...environment, ...config.environment },
  };
  const { hooks, providers, uses, parts } = assemble(config.plugins, installation, {
    now: () => clock.now(),
    toldOf: async (site) =>
      told.get(site) ?? (await (state as State).currentRelease(site))?.declared.conf?.plugins ?? {},
    guard: (store) => withSchema(store, { octohost: process.version }),
  });
  state = new State(providers.store, new Secrets(secretKeyFile(config.dataDir)));
  const turn = pLimit(startsPerCore * process.cores);
  const world: World = {
    config,
    state,
    providers,
    parts,
    hooks,
    told,
    uses,
    clock,
    process,
    startInTurn: (start) => turn(start),
  };
  return world;
}

async function explainSite(
  world: World,
  site: SiteName,
  release: Release | undefined,
): Promise<readonly Explained[]> {
  const { state, config } = world;
  const [domains, settings, said] = await Promise.all([
    domainsOf(world, site),
    state.settings(site),
    release ? state.saidOf(release) : {},
  ]);
  return explain({ site, settings, said, release, domains, config });
}
