/** The engine as a command uses it: what changes something is told before it is done, or refused. */
import type { Change, DomainsChange, Engine } from '../../core/index.ts';
import type { Act } from './entry.ts';

type Told<Values extends readonly unknown[]> = (...values: Values) => Act;
type Acts = {
  readonly [Name in keyof Engine]: Engine[Name] extends (...values: infer Values) => unknown
    ? Told<Values> | 'quiet'
    : 'quiet';
};

const everySite = ['*'];
const ofSites = (sites: readonly string[] | undefined) => (sites && sites.length > 0 ? sites : everySite);
const named = (what: string, names: readonly string[]) =>
  names.length > 0 ? `${what}: ${names.join(', ')}` : what;

/** Every method: what it does, or that it changes nothing that anybody asked for. */
const acts = {
  config: 'quiet',
  installation: 'quiet',
  deploy: (pushes, _operation, stops = []) => ({
    sites: [...pushes.map(({ site }) => site), ...stops],
    what: named('deploy', stops.length > 0 ? [`stops ${stops.join(' ')}`] : []),
  }),
  preview: 'quiet',
  deploys: 'quiet',
  deployOf: 'quiet',
  trace: 'quiet',
  cancel: (deploy) => ({ sites: [], what: `cancel ${deploy}` }),
  change: (site, change) => ({ sites: [site], what: named(change.reason, changesIn(change)) }),
  rollback: (site, number) => ({
    sites: [site],
    what: named('rollback', number === undefined ? [] : [`to ${number}`]),
  }),
  adoptable: 'quiet',
  adopt: ({ site }) => ({ sites: [site], what: 'take over from the original octohost' }),
  stop: (site) => ({ sites: [site], what: 'stop' }),
  clone: (from, site) => ({ sites: [from, site], what: `clone ${from} as ${site}` }),
  rename: (from, site) => ({ sites: [from, site], what: `rename ${from} to ${site}` }),
  setMaintenance: (site, on) => ({ sites: [site], what: `maintenance ${on ? 'on' : 'off'}` }),
  remove: (site, { volumes }) => ({ sites: [site], what: volumes ? 'remove with its volumes' : 'remove' }),
  publish: (site) => ({ sites: [site], what: 'publish' }),
  pull: (site, reference) => ({
    sites: [site],
    what: named('pull', reference === undefined ? [] : [reference]),
  }),
  converge: (sites) => ({ sites: ofSites(sites), what: 'converge' }),
  planClean: 'quiet',
  clean: (sites) => ({ sites: ofSites(sites), what: 'clean' }),
  // What a release has left to do; the release itself is on record.
  finishRetiring: 'quiet',
  watchReleases: 'quiet',
  serve: () => ({ sites: everySite, what: 'serve as the agent' }),
  agent: 'quiet',
  events: 'quiet',
  plugins: 'quiet',
  siteFileSchema: 'quiet',
  runChecks: 'quiet',
  locks: 'quiet',
  unlock: (name, { force }) => ({ sites: [], what: `unlock ${name}${force ? ' by force' : ''}` }),
  exclusively: 'quiet',
  warmUp: 'quiet',
  sites: 'quiet',
  status: 'quiet',
  statuses: 'quiet',
  running: 'quiet',
  releases: 'quiet',
  diff: 'quiet',
  current: 'quiet',
  // Whoever asks for all values may see secrets.
  settings: (site) => ({ sites: [site], what: 'see all settings, secrets too' }),
  shownSettings: 'quiet',
  setSettings: (site, settings, more = {}) => ({
    sites: [site],
    what: named('store settings', changesIn({ ...more, settings })),
  }),
  rotateSecrets: () => ({ sites: everySite, what: 'rotate the key to secrets' }),
  domains: 'quiet',
  explain: 'quiet',
  services: 'quiet',
  unusable: 'quiet',
  checkServices: 'quiet',
  serviceTags: 'quiet',
  changeByHand: (site, change) => ({
    sites: [site],
    what: 'set' in change ? `set a service at ${change.set.address}` : 'take services away',
  }),
  registerServices: (sites) => ({ sites: ofSites(sites), what: 'register services' }),
  removeOrphans: (sites) => ({ sites: ofSites(sites), what: 'remove services without an instance' }),
  volumes: 'quiet',
  snapshot: (sites, { secrets }) => ({
    sites: ofSites(sites),
    what: secrets ? 'take a backup, with secrets' : 'take a backup',
  }),
  packImages: 'quiet',
  planRestore: 'quiet',
  restore: (_snapshot, site) => ({ sites: [site], what: 'restore' }),
  runAttended: (site, command) => ({ sites: [site], what: `run ${programOf(command)}` }),
  execAttended: ({ site, name }, command) => ({
    sites: [site],
    what: `run ${programOf(command)} in ${name}`,
  }),
  instances: 'quiet',
  logs: 'quiet',
  keys: 'quiet',
  key: 'quiet',
  addKey: ({ name, fingerprint, right, sites }) => ({
    sites,
    what: `let in key ${name} ${fingerprint} (${right})`,
  }),
  removeKey: (name) => ({ sites: [], what: `lock out key ${name}` }),
  lockKeys: 'quiet',
  parts: 'quiet',
  close: 'quiet',
} satisfies Acts;

/** The program alone: other words may be secret, and so may be all that is more than a path. */
function programOf([program = '']: readonly string[]): string {
  return /^[\w./-]{1,80}$/.test(program) ? program : 'a command';
}

/** Names only: values may be secret. */
function changesIn(change: DomainsChange & Pick<Change, 'settings' | 'secrets'>): string[] {
  const { settings = {}, secrets = [], domains, addDomains = [], removeDomains = [] } = change;
  const wordOf = ([name, value]: [string, string | null]) =>
    `${value === null ? 'without ' : ''}${name}${secrets.includes(name) ? ' (secret)' : ''}`;
  return [
    ...Object.entries(settings).map(wordOf),
    ...(domains ? [`domains ${domains.join(' ')}`] : []),
    ...addDomains.map((domain) => `with ${domain}`),
    ...removeDomains.map((domain) => `without ${domain}`),
  ];
}

type Method = (...values: unknown[]) => unknown;

/** @param tell awaited before anything is done */
export function auditedEngine(engine: Engine, tell: (act: Act) => Promise<void>): Engine {
  const methods = Object.entries(acts as Record<string, Told<unknown[]> | 'quiet'>).map(([name, told]) => {
    const value = engine[name as keyof Engine] as unknown;
    if (told === 'quiet') return [name, value];
    return [
      name,
      async (...values: unknown[]) => {
        await tell(told(...values));
        return (value as Method)(...values);
      },
    ];
  });
  return Object.fromEntries(methods) as Engine;
}
