/** The world as it was at one moment: what is asked of every site costs one list for all, and not some for each. */
import { keys, settingsPrefix, statePrefix } from './keys.ts';
import { readableEntry } from './read-entry.ts';
import type { Runtime, Store, StoreEntry } from './roles.ts';
import { State } from './state.ts';
import type { World } from './world.ts';

/** What the status of a site is made of, beside its current release. */
const listed = [
  settingsPrefix,
  keys.pointers,
  keys.allSettingsJournals,
  keys.allStabilities,
  keys.retirings,
  keys.maintenances,
  `${statePrefix}domains/`,
  `${statePrefix}published/`,
] as const;

/**
 * The same world, with each list read once: from the store what lies below the prefixes above, from the runtime all
 * instances. Of releases only those are read that are current, for their list grows with every deploy: at once where the
 * store can give several, else one by one as they are asked for. To read only.
 */
export async function snapshotWorld(world: World): Promise<World> {
  const { store, secrets } = world.state;
  const [lists, instances] = await Promise.all([
    Promise.all(listed.map(async (prefix) => [prefix, await store.list(prefix)] as const)),
    world.providers.runtime.list(),
  ]);
  const bySite = Map.groupBy(instances, ({ site }) => site);
  const list: Runtime['list'] = async (site) => (site === undefined ? instances : (bySite.get(site) ?? []));
  const runtime = { ...world.providers.runtime, list };
  const byPrefix = new Map(lists);
  const current = await currentReleases(store, byPrefix.get(keys.pointers) ?? []);
  const snapshot = snapshotStore(store, byPrefix, current);
  return {
    ...world,
    state: new State(snapshot, secrets),
    providers: { ...world.providers, runtime, store: snapshot },
  };
}

/** By key; none where the store gives them one by one. */
async function currentReleases(
  store: Store,
  pointers: readonly StoreEntry[],
): Promise<ReadonlyMap<string, StoreEntry>> {
  const wanted = pointers
    .flatMap((entry) => readableEntry('pointer', entry))
    .map(({ site, release }) => keys.release(site, release));
  const found = (await store.getMany?.(wanted)) ?? [];
  return new Map(found.map((entry) => [entry.key, entry]));
}

/**
 * Answers from the lists what lies below one of them.
 * @param lists each sorted by key, by its prefix
 * @param known entries that were read already, by key
 */
export function snapshotStore(
  store: Store,
  lists: ReadonlyMap<string, readonly StoreEntry[]>,
  known: ReadonlyMap<string, StoreEntry> = new Map(),
): Store {
  const listOf = (key: string) => [...lists].find(([prefix]) => key.startsWith(prefix))?.[1];
  return {
    ...store,
    async get(key) {
      const entries = listOf(key);
      if (!entries) return known.get(key) ?? store.get(key);
      const found = entries[firstFrom(entries, key)];
      return found?.key === key ? found : undefined;
    },
    async list(prefix) {
      const entries = listOf(prefix);
      if (!entries) return store.list(prefix);
      // No key has that character: it comes after all that begin so.
      return entries.slice(firstFrom(entries, prefix), firstFrom(entries, `${prefix}\uffff`));
    },
  };
}

/** The place of the first entry whose key is this one or comes after it; the list is sorted. Pure. */
function firstFrom(entries: readonly StoreEntry[], key: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as StoreEntry).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
