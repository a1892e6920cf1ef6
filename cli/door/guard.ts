/** The engine as a key may use it: every method is asked for the rights it takes, in one table. */
import {
  type AccessKey,
  type AgentStatus,
  allows,
  asksForWildcard,
  type CatalogEntry,
  errors as coreErrors,
  type DeployId,
  type DeployStatus,
  type Engine,
  isLocalAddress,
  isOctohostError,
  OctohostError,
  type Right,
  type SiteName,
} from '../../core/index.ts';
import { errors } from './errors.ts';

/** One right that a call takes. */
interface Need {
  readonly right: Right;
  /** Undefined: what belongs to no single site. */
  readonly site: SiteName | undefined;
  /** What the refusal says, before the site's name. */
  readonly act: string;
}

type Needs<Values extends readonly unknown[]> = (...values: Values) => readonly Need[];
type Rights = {
  readonly [Name in keyof Engine]: Engine[Name] extends (...values: infer Values) => unknown
    ? Needs<Values>
    : 'open';
};

const toRead = (site: SiteName): Need[] => [{ right: 'read', site, act: 'read' }];
const toDeploy = (site: SiteName): Need[] => [{ right: 'deploy', site, act: 'deploy' }];
const toAdmin = (site: SiteName): Need[] => [{ right: 'admin', site, act: 'administer' }];
/** A wildcard takes every name below it, so it is for operators. */
const toChange = (site: SiteName, wildcard: boolean): Need[] =>
  wildcard ? [{ right: 'admin', site, act: 'set a wildcard domain of' }] : toDeploy(site);
const everything = (): Need[] => [{ right: 'admin', site: undefined, act: 'administer this server' }];
const nothing = (): Need[] => [];

const rights = {
  config: 'open',
  installation: nothing,
  deploy: (pushes, _operation, stops = []) => [...pushes.map(({ site }) => site), ...stops].flatMap(toDeploy),
  preview: (pushes, _operation, stops = []) =>
    [...pushes.map(({ site }) => site), ...stops].flatMap(toDeploy),
  change: (site, wanted) => toChange(site, asksForWildcard(wanted)),
  deploys: (site) => (site === undefined ? [{ right: 'read', site, act: 'read every site' }] : toRead(site)),
  // Asked below, when the site of the deploy is known.
  deployOf: nothing,
  trace: nothing,
  cancel: nothing,
  rollback: toDeploy,
  stop: toDeploy,
  // It has the settings of the other one, secrets too.
  clone: (from, site) => [...toDeploy(from), ...toDeploy(site)],
  // One name ends, as by `remove`, and rights of other keys go along with the site.
  rename: (from, site) => [...toAdmin(from), ...toAdmin(site)],
  setMaintenance: toDeploy,
  adoptable: everything,
  adopt: everything,
  remove: toAdmin,
  publish: toDeploy,
  pull: toDeploy,
  // Without a name it is all sites; with none at all it still applies the routes of all.
  converge: (sites) => (sites && sites.length > 0 ? sites.flatMap(toDeploy) : everything()),
  planClean: (sites) => (sites && sites.length > 0 ? sites.flatMap(toRead) : everything()),
  clean: (sites) => (sites && sites.length > 0 ? sites.flatMap(toDeploy) : everything()),
  finishRetiring: (sites) => sites.flatMap(toDeploy),
  watchReleases: (sites) => sites.flatMap(toDeploy),
  serve: everything,
  // What is said of a site is told to those who may read it.
  agent: nothing,
  events: nothing,
  // What a repository may say is no secret of those who push it; which plugins there are, and how they are, is.
  plugins: everything,
  siteFileSchema: nothing,
  runChecks: everything,
  locks: everything,
  unlock: everything,
  // Others wait, and nothing else: what is done meanwhile is asked for by itself.
  exclusively: nothing,
  // Tells nothing and changes nothing, and must not throw.
  warmUp: nothing,
  // Answered with those that the key may read.
  sites: nothing,
  status: toRead,
  // Answered with those that the key may read.
  statuses: nothing,
  running: (site) => (site === undefined ? nothing() : toRead(site)),
  releases: toRead,
  diff: toRead,
  current: toRead,
  // Values may be secrets.
  settings: (site) => [{ right: 'deploy', site, act: 'see the settings of' }],
  shownSettings: (site) => [{ right: 'deploy', site, act: 'see the settings of' }],
  rotateSecrets: everything,
  setSettings: (site, settings, domains) => toChange(site, asksForWildcard({ ...domains, settings })),
  domains: toRead,
  explain: toRead,
  // Of all sites it is answered with those that the key may read.
  services: (site) => (site === undefined ? nothing() : toRead(site)),
  // The same; what is of no site is told to those who may read all.
  unusable: (site) => (site === undefined ? nothing() : toRead(site)),
  // A check asks any address that a site's settings name, from this host.
  checkServices: everything,
  serviceTags: toRead,
  // It makes the router speak to an address: to any that others reach too, or to what only this host reaches.
  changeByHand: (site, change) =>
    'set' in change && isLocalAddress(change.set.address) ? everything() : toAdmin(site),
  registerServices: (sites) => (sites && sites.length > 0 ? sites.flatMap(toDeploy) : everything()),
  removeOrphans: (sites) => sites.flatMap(toDeploy),
  volumes: toRead,
  // What is taken out has the keys of certificates; what is brought in names its own release, image and domains.
  snapshot: everything,
  packImages: everything,
  planRestore: everything,
  restore: everything,
  // Whoever deploys a site decides what runs in it, and may see its settings.
  runAttended: toDeploy,
  execAttended: ({ site }) => toDeploy(site),
  instances: toRead,
  logs: ({ site }) => toRead(site),
  keys: everything,
  key: everything,
  addKey: everything,
  removeKey: everything,
  lockKeys: everything,
  parts: everything,
  close: nothing,
} satisfies Rights;

const acts = { read: 'read', deploy: 'deploy', admin: 'administer' } as const;

/**
 * @param site undefined: all sites
 * @throws E_KEY_RIGHTS: the same whether the site exists or not
 */
export function requireRight(key: AccessKey, right: Right, site: SiteName | undefined): void {
  check(key, [{ right, site, act: site === undefined ? `${acts[right]} every site` : acts[right] }]);
}

/**
 * The engine with only what stands in the table. What the key may not do is refused with E_KEY_RIGHTS before the engine
 * hears of it.
 */
export function guardEngine(engine: Engine, key: AccessKey): Engine {
  const methods = Object.entries(rights as Record<string, Needs<unknown[]> | 'open'>).map(([name, needs]) => {
    const value = engine[name as keyof Engine] as unknown;
    return [name, needs === 'open' ? value : guardMethod(value as Method, needs, key)];
  });
  const isReadable = ({ site }: { readonly site: SiteName }) => allows(key, 'read', site);
  return {
    ...(Object.fromEntries(methods) as Engine),
    // Not a promise: it throws at once.
    logs(instance, options, signal) {
      check(key, rights.logs(instance));
      return engine.logs(instance, options, signal);
    },
    async agent() {
      const found = await engine.agent();
      return found && readableAgent(found, key);
    },
    async *events(options, signal) {
      for await (const event of engine.events(options, signal))
        if (allows(key, 'read', event.site)) yield event;
    },
    async statuses() {
      const { sites, problems } = await engine.statuses();
      return { sites: sites.filter(isReadable), problems: problems.filter(isReadable) };
    },
    async running(site) {
      check(key, rights.running(site));
      return (await engine.running(site)).filter(isReadable);
    },
    sites: async () => (await engine.sites()).filter((site) => allows(key, 'read', site)),
    async services(site) {
      check(key, rights.services(site));
      const services = (await engine.services(site)).filter((one) => allows(key, 'read', one.site));
      return services.map((one) => (allows(key, 'deploy', one.site) ? one : withoutCheck(one)));
    },
    async unusable(site) {
      check(key, rights.unusable(site));
      return (await engine.unusable(site)).filter((one) => allows(key, 'read', one.site));
    },
    deployOf: (deploy) => readableDeploy(engine, key, deploy),
    async trace(deploy) {
      await readableDeploy(engine, key, deploy);
      return engine.trace(deploy);
    },
    async cancel(deploy, by) {
      check(key, rights.stop((await readableDeploy(engine, key, deploy)).site));
      return engine.cancel(deploy, by);
    },
  };
}

/** What is about no site is told to those who may read all. */
function readableAgent({ last, ...agent }: AgentStatus, key: AccessKey): AgentStatus {
  return {
    ...agent,
    out: agent.out.filter(({ site }) => allows(key, 'read', site)),
    ...(last && allows(key, 'read', last.site) ? { last } : {}),
  };
}

/** What a check asks for is a setting, which may hold a secret. */
function withoutCheck(entry: CatalogEntry): CatalogEntry {
  const { check: _, ...rest } = entry;
  return rest;
}

/** A deploy of a site that the key may not read is told as one that is not there. */
async function readableDeploy(engine: Engine, key: AccessKey, deploy: DeployId): Promise<DeployStatus> {
  const found = await engine.deployOf(deploy);
  if (!allows(key, 'read', found.site)) throw coreErrors.E_DEPLOY_UNKNOWN({ deploy });
  return found;
}

type Method = (...values: unknown[]) => Promise<unknown>;

function guardMethod(method: Method, needs: Needs<unknown[]>, key: AccessKey): Method {
  return async (...values) => {
    check(key, needs(...values));
    try {
      return await method(...values);
    } catch (error) {
      throw withoutOthers(error, key);
    }
  };
}

function check(key: AccessKey, needs: readonly Need[]): void {
  for (const { right, site, act } of needs) {
    if (!allows(key, right, site))
      throw errors.E_KEY_RIGHTS({ key: key.name, what: site === undefined ? act : `${act} "${site}"` });
  }
}

/** Errors that name other sites, in hint or details; what is to be done by whoever is not told of them, if that is another thing. */
const naming = new Map<string, string | undefined>([
  ['E_DOMAIN_TAKEN', 'Leave it out here.'],
  ['E_RENAME_TIED', undefined],
]);

/** Whose a domain is, and who is tied to a site, is told only to a key that may read all sites. */
function withoutOthers(error: unknown, key: AccessKey): unknown {
  if (!isOctohostError(error) || !naming.has(error.code) || allows(key, 'read', undefined)) return error;
  const { code, message, exit, step, site, plugin } = error;
  const hint = naming.get(code) ?? error.hint;
  const place = { ...(step ? { step } : {}), ...(site ? { site } : {}), ...(plugin ? { plugin } : {}) };
  return new OctohostError(code, { message, hint, exit }, place);
}
