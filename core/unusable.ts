/** What others wrote into the store or the catalog and octohost cannot use: it is shown, and left as it is. */
import { errors } from './error-catalogue.ts';
import { isSiteName, type SiteName } from './grammar.ts';
import { keys, settingsPrefix } from './keys.ts';
import { type RecordKind, readRecord, Unreadable } from './records.ts';
import type { StoreEntry, Unusable } from './roles.ts';
import { listSites } from './sites.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** Where it is, and the site that it is of; absent where it is of none in particular. */
export interface UnusableThing extends Unusable {
  readonly where: 'store' | 'catalog';
  readonly site?: SiteName;
}

/** Of one site, or all there is; in the store first, by name. */
export async function findUnusable(world: World, site?: SiteName): Promise<readonly UnusableThing[]> {
  const { state } = world;
  const [settings, records, services] = await Promise.all([
    unusableSettings(state, site),
    unusableRecords(state),
    site === undefined ? servicesOfAll(world) : servicesOf(world, site),
  ]);
  const stored = [...settings, ...records].map((one) => ({
    where: 'store' as const,
    ...one,
    ...ownerOf(one.name),
  }));
  return [...stored.filter((one) => site === undefined || one.site === site).toSorted(byName), ...services];
}

/** Settings of one site, or of all, that are no text. */
function unusableSettings({ store }: State, site?: SiteName): Promise<Unusable[]> {
  return store.unusable(site === undefined ? settingsPrefix : keys.settings(site));
}

/**
 * A release that is made without a setting which somebody wanted would be another one.
 * @param written names of settings that are written anew with it @throws E_SETTING_UNUSABLE
 */
export async function requireUsableSettings(
  state: State,
  site: SiteName,
  written: readonly string[] = [],
): Promise<void> {
  const repaired = new Set(written.map((name) => keys.setting(site, name)));
  const first = (await unusableSettings(state, site)).find(({ name }) => !repaired.has(name));
  if (first) throw errors.E_SETTING_UNUSABLE({ key: first.name, problem: first.problem }, { site });
}

/** Records that lists leave out: nobody else would hear of them. */
async function unusableRecords({ store }: State): Promise<Unusable[]> {
  const found = await Promise.all(
    leftOut.map(async ([prefix, kind]) => {
      const [entries, others] = await Promise.all([store.list(prefix), store.unusable(prefix)]);
      return [...others, ...entries.flatMap((entry) => problemOf(kind, entry))];
    }),
  );
  return found.flat();
}

/** Where a record that cannot be read is left out of a list. */
const leftOut: readonly (readonly [prefix: string, kind: RecordKind])[] = [
  [keys.pointers, 'pointer'],
  [keys.retirings, 'retiring'],
  [keys.byHands, 'byHand'],
  [keys.maintenances, 'maintenance'],
  [keys.deploys, 'deploy'],
  [keys.allStabilities, 'stability'],
  [keys.accessKeys, 'accessKey'],
  [keys.leases, 'lease'],
  [keys.agents, 'agent'],
  [keys.allAgentEvents, 'agentEvents'],
];

function problemOf(kind: RecordKind, { key, value }: StoreEntry): Unusable[] {
  const record = readRecord(kind, value);
  return record instanceof Unreadable
    ? [{ name: key, problem: `is no record of octohost's: ${record.problem}` }]
    : [];
}

async function servicesOfAll(world: World): Promise<UnusableThing[]> {
  const sites = await listSites(world);
  const each = await Promise.all([
    world.providers.registrar.unusable(),
    ...sites.map((site) => servicesOf(world, site)),
  ]);
  const byId = new Map(
    each
      .flat()
      .toReversed()
      .map((one) => [one.name, { where: 'catalog' as const, ...one }]),
  );
  return [...byId.values()].toSorted(byName);
}

async function servicesOf({ providers }: World, site: SiteName): Promise<UnusableThing[]> {
  const found = await providers.registrar.unusable(site);
  return found.map((one) => ({ where: 'catalog' as const, ...one, site })).toSorted(byName);
}

/** The part of a key that is a site's name: `octohost/<site>/…`, `octohost-state/<what>/<site>/…`. Pure. */
export function ownerOf(key: string): { site?: SiteName } {
  const parts = key.split('/');
  const name = parts[key.startsWith(settingsPrefix) ? 1 : 2] ?? '';
  const isOfSite = key.startsWith(settingsPrefix) || ofSites.has(parts[1] ?? '');
  return isOfSite && isSiteName(name) ? { site: name } : {};
}

/** What of the state is kept by site. */
const ofSites = new Set(['sites', 'retiring', 'services', 'maintenance', 'deploys', 'stability']);

function byName(one: Unusable, other: Unusable): number {
  return one.name < other.name ? -1 : 1;
}
