/** Where everything is in the store: every key, by what it holds. */
import type { KeyName, SiteName } from './grammar.ts';
import type { DeployId } from './release.ts';

export const settingsPrefix = 'octohost/';
export const statePrefix = 'octohost-state/';

/** What every key of octohost begins with. A list of it is the whole store as it was at one moment. */
export const everything = 'octohost';

/** Every key, by what it holds. */
export const keys = {
  setting: (site: SiteName, key: string) => `${settingsPrefix}${site}/${key}`,
  settings: (site: SiteName) => `${settingsPrefix}${site}/`,
  /** Settings of a site that are written together, until each stands under its own key. */
  allSettingsJournals: `${statePrefix}settings/`,
  settingsJournal: (site: SiteName) => `${statePrefix}settings/${site}`,
  /** The version of all that lies in the store, and which octohost wrote it. */
  schema: `${statePrefix}schema`,
  installation: `${statePrefix}installation`,
  pointers: `${statePrefix}sites/`,
  pointer: (site: SiteName) => `${statePrefix}sites/${site}`,
  releases: (site: SiteName) => `${statePrefix}releases/${site}/`,
  release: (site: SiteName, number: number) =>
    `${statePrefix}releases/${site}/${String(number).padStart(8, '0')}`,
  allContents: `${statePrefix}contents/`,
  contents: (site: SiteName) => `${statePrefix}contents/${site}/`,
  /** Environments, settings, site files and certificates of releases, each once, by its content key. */
  content: (site: SiteName, key: string) => `${statePrefix}contents/${site}/${key}`,
  domains: (site: SiteName) => `${statePrefix}domains/${site}`,
  claims: `${statePrefix}claims/`,
  claim: (domain: string) => `${statePrefix}claims/${domain}`,
  retirings: `${statePrefix}retiring/`,
  retiring: (site: SiteName) => `${statePrefix}retiring/${site}`,
  allStabilities: `${statePrefix}stability/`,
  stabilities: (site: SiteName) => `${statePrefix}stability/${site}/`,
  stability: (site: SiteName, number: number) =>
    `${statePrefix}stability/${site}/${String(number).padStart(8, '0')}`,
  allAdopted: `${statePrefix}adopted/`,
  /** Instances of a site that somebody else had started: what they are stands here, not in labels of their own. */
  adopted: (site: SiteName) => `${statePrefix}adopted/${site}`,
  allAdoptedVolumes: `${statePrefix}adopted-volumes/`,
  /** Volumes that a site was taken over with. */
  adoptedVolumes: (site: SiteName) => `${statePrefix}adopted-volumes/${site}`,
  allVolumeOwners: `${statePrefix}volume-owners/`,
  /** Whose a site's volumes are by their names, where that is not the site's own name. */
  volumeOwner: (site: SiteName) => `${statePrefix}volume-owners/${site}`,
  renames: `${statePrefix}renames/`,
  /** There from the moment a site has another name until nothing is left under this one. */
  rename: (site: SiteName) => `${statePrefix}renames/${site}`,
  byHands: `${statePrefix}services/`,
  /** Services that were given to a site by hand. */
  byHand: (site: SiteName) => `${statePrefix}services/${site}`,
  maintenances: `${statePrefix}maintenance/`,
  /** There while the router answers for a site in the place of its instances. */
  maintenance: (site: SiteName) => `${statePrefix}maintenance/${site}`,
  published: (site: SiteName) => `${statePrefix}published/${site}`,
  ports: (address: string) => `${statePrefix}ports/${address}/`,
  port: (address: string, port: number) => `${statePrefix}ports/${address}/${port}`,
  allTraces: `${statePrefix}traces/`,
  traces: (site: SiteName) => `${statePrefix}traces/${site}/`,
  /** What ran in a deploy, and how long. */
  trace: (site: SiteName, deploy: DeployId) => `${statePrefix}traces/${site}/${deploy}`,
  deploys: `${statePrefix}deploys/`,
  deploysOf: (site: SiteName) => `${statePrefix}deploys/${site}/`,
  deploy: (site: SiteName, deploy: DeployId) => `${statePrefix}deploys/${site}/${deploy}`,
  accessKeys: `${statePrefix}keys/`,
  accessKey: (name: KeyName) => `${statePrefix}keys/${name}`,
  /** Written whenever a key is added or removed: its version tells whether somebody else did. */
  accessKeyChange: `${statePrefix}key-change`,
  agents: `${statePrefix}agents/`,
  /** What the agent of a host knows. */
  agent: (host: string) => `${statePrefix}agents/${host}`,
  allAgentEvents: `${statePrefix}agent-events/`,
  /** What it saw and did last. */
  agentEvents: (host: string) => `${statePrefix}agent-events/${host}`,
  leases: `${statePrefix}leases/`,
  lease: (name: string) => `${statePrefix}leases/${name}`,
  heartbeats: `${statePrefix}heartbeats/`,
  heartbeat: (name: string) => `${statePrefix}heartbeats/${name}`,
  /** Its version is the routes revision: whatever changes a route sets it in the same transaction. */
  routes: `${statePrefix}routes`,
} as const;

/** Where everything is that outlives the work of the moment: all but leases, their heartbeats, and what agents know. */
export const kept = [
  settingsPrefix,
  `${statePrefix}settings/`,
  keys.installation,
  keys.pointers,
  `${statePrefix}releases/`,
  keys.allContents,
  `${statePrefix}domains/`,
  keys.claims,
  keys.retirings,
  keys.allStabilities,
  keys.allAdopted,
  keys.allAdoptedVolumes,
  keys.allVolumeOwners,
  keys.renames,
  keys.byHands,
  keys.maintenances,
  `${statePrefix}published/`,
  `${statePrefix}ports/`,
  keys.deploys,
  keys.allTraces,
  keys.accessKeys,
  keys.accessKeyChange,
  keys.routes,
] as const;
