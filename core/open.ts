/** Opens an engine: plugins assembled, nothing touched yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { addKey, removeKey } from './access-keys.ts';
import { adoptableSites } from './adopt.ts';
import { agentEvents, agentStatus } from './agent/record.ts';
import { execAttended, runAttended } from './attended.ts';
import { changeByHand } from './by-hand.ts';
import { clean, planClean } from './clean.ts';
import type { ResolvedConfig } from './config.ts';
import type { Copied } from './copy.ts';
import { cancel, findDeploy, statusOf } from './deploys.ts';
import { adopt, change, clone, deploy, rename, stop } from './engine.ts';
import type { Engine } from './engine-interface.ts';
import { type Explained, explain } from './explain.ts';
import type { SiteName } from './grammar.ts';
import { findInstances } from './instances.ts';
import { loadedPlugins } from './loaded-plugins.ts';
import { listLocks, unlock } from './locks.ts';
import { setMaintenance } from './maintenance.ts';
import { versionsOf } from './parts.ts';
import { assemble } from './plugin.ts';
import { publishNow, pull } from './publish.ts';
import { redactedEngine } from './redacted-engine.ts';
import type { Release } from './release.ts';
import { listReleases, requireCurrent } from './releases.ts';
import { convergeAndRelink, finishTied, thenRelink, watchTied } from './relink.ts';
import { rollback } from './rollback.ts';
import { listRunning } from './running.ts';
import { withSchema } from './schema.ts';
import { secretKeyFile } from './secret-key-file.ts';
import { Secrets } from './secrets.ts';
import { checkServices } from './service-check.ts';
import { registerServices, removeOrphans, tagsOf } from './services.ts';
import { domainsOf, storeSettings } from './settings.ts';
import { siteFileKeys } from './site-file-key.ts';
import { siteFileJsonSchema } from './site-file-schema.ts';
import { withDoor, withKeys } from './site-leases.ts';
import { listSites, remove, status, statuses } from './sites.ts';
import { State } from './state.ts';
import { traceOf } from './trace.ts';
import { findUnusable } from './unusable.ts';
import { volumesOf } from './volumes.ts';
import type { Clock, ProcessFacts, World } from './world.ts';

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

/**
 * Sets up the plugins of a configuration. Throws with every gap named; does no I/O. What a deploy does not need is loaded
 * when it is first asked for: each push and each command starts with the rest.
 */
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
    preview: async (pushes, operation, stops = []) =>
      (await import('./preview.ts')).preview(world, pushes, stops, operation),
    deploys: async (site) => (await state.deploys(site)).map(({ record }) => statusOf(world, record)),
    deployOf: async (id) => statusOf(world, (await findDeploy(world, id)).record),
    trace: (id) => traceOf(world, id),
    cancel: (id, by) => cancel(world, id, by),
    change: (site, wanted, operation) => thenRelink(world, operation, change(world, site, wanted, operation)),
    rollback: (site, number, operation) =>
      thenRelink(world, operation, rollback(world, site, number, operation)),
    clone: (from, site, operation) => thenRelink(world, operation, clone(world, from, site, operation)),
    rename: (from, site, operation) => thenRelink(world, operation, rename(world, from, site, operation)),
    stop: (site, operation) => stop(world, site, operation),
    setMaintenance: (site, on, operation) => setMaintenance(world, site, on, operation),
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
    ...pluginsOf(world),
    ...turnsOf(world),
    ...seenOf(world),
    releases: (site) => listReleases(world, site),
    diff: async (site, from, to) => (await import('./release-diff.ts')).diffReleases(world, site, from, to),
    current: (site) => state.currentRelease(site),
    ...settingsOf(world),
    domains: (site) => domainsOf(world, site),
    explain: async (site) => explainSite(world, site, await state.currentRelease(site)),
    async instances(site) {
      return (await findInstances(world, await requireCurrent(world, site))).kept;
    },
    services: (site) => providers.registrar.list(site),
    unusable: (site) => findUnusable(world, site),
    checkServices: (site, signal) => checkServices(world, site, signal),
    serviceTags: (site) => tagsOf(world, site),
    changeByHand: (site, wanted, operation) => changeByHand(world, site, wanted, operation),
    registerServices: (sites, operation) => registerServices(world, sites, operation),
    removeOrphans: (sites, operation) => removeOrphans(world, sites, operation),
    volumes: (site) => volumesOf(world, site),
    ...attendedOf(world),
    logs: (instance, wanted, signal) => providers.runtime.logs(instance, wanted, signal),
    ...backupOf(world),
    ...keysOf(world),
    close: () => providers.store.close(),
  };
}

function settingsOf(
  world: World,
): Pick<Engine, 'settings' | 'shownSettings' | 'setSettings' | 'rotateSecrets'> {
  const { state } = world;
  return {
    settings: (site) => state.settings(site),
    shownSettings: (site) => state.shownSettings(site),
    setSettings: (site, values, more) => storeSettings(world, site, values, more),
    rotateSecrets: async (operation) =>
      (await import('./secret-rotation.ts')).rotateSecrets(world, operation),
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

/** At a glance. */
function seenOf(world: World): Pick<Engine, 'sites' | 'status' | 'statuses' | 'running'> {
  return {
    sites: () => listSites(world),
    status: (site) => status(world, site),
    statuses: () => statuses(world),
    running: (site) => listRunning(world, site),
  };
}

function attendedOf(world: World): Pick<Engine, 'runAttended' | 'execAttended'> {
  return {
    runAttended: (site, command, streams, operation) => runAttended(world, site, command, streams, operation),
    execAttended: (instance, command, streams, operation) =>
      execAttended(world, instance, command, streams, operation),
  };
}

function pluginsOf(world: World): Pick<Engine, 'plugins' | 'siteFileSchema' | 'runChecks'> {
  const { config, uses } = world;
  return {
    plugins: async () => loadedPlugins(config.plugins, uses),
    siteFileSchema: async () => siteFileJsonSchema(siteFileKeys(config.plugins)),
    runChecks: async (signal) => (await import('./doctor/doctor.ts')).runChecks(world, signal),
  };
}

/** One at a time. */
function turnsOf(world: World): Pick<Engine, 'locks' | 'unlock' | 'exclusively' | 'warmUp'> {
  return {
    locks: () => listLocks(world),
    unlock: (name, wanted) => unlock(world, name, wanted),
    exclusively: (name, operation, work) => withDoor(world, name, operation, work),
    async warmUp(site) {
      const { runtime, router } = world.providers;
      const opened = [
        () => world.state.pointer(site),
        () => runtime.list(site),
        // What it asks its own program before it can render is asked by then.
        () => router.render([]),
      ];
      await Promise.allSettled(opened.map(async (open) => open()));
    },
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

const restoring = () => import('./backup/restore.ts');

function backupOf(world: World): Pick<Engine, 'snapshot' | 'packImages' | 'planRestore' | 'restore'> {
  return {
    snapshot: async (sites, wanted) => (await import('./backup/take.ts')).takeSnapshot(world, sites, wanted),
    packImages: async (site, signal) => (await import('./backup/images.ts')).packImages(world, site, signal),
    planRestore: async (snapshot) => (await restoring()).planRestore(world, snapshot),
    restore: async (snapshot, site, images, operation) =>
      (await restoring()).restoreSite(world, snapshot, site, images, operation),
  };
}

function agentOf(world: World): Pick<Engine, 'serve' | 'agent' | 'events'> {
  return {
    serve: async (wanted) => (await import('./agent/serve.ts')).serve(world, wanted),
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
    const { copyInstallation } = await import('./copy.ts');
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
  const [domains, settings, said, adoptedVolumes] = await Promise.all([
    domainsOf(world, site),
    state.settings(site),
    release ? state.saidOf(release) : {},
    state.adoptedVolumes(site),
  ]);
  return explain({ site, settings, said, release, domains, adoptedVolumes, config });
}
