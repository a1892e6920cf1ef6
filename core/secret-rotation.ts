/** Another key for all secret settings: what was sealed with a former one is sealed anew, wherever releases keep it. */
import { errors } from './error-catalogue.ts';
import { isSiteName } from './grammar.ts';
import { keys, settingsPrefix } from './keys.ts';
import { conditionOf, describeHolder } from './lease.ts';
import { finishJournal } from './many-settings.ts';
import { readRecord, Unreadable } from './records.ts';
import type { StoreEntry } from './roles.ts';
import { sealedBy } from './sealing.ts';
import { withSecrets } from './site-leases.ts';
import type { Operation, World } from './world.ts';

/** What sealing everything with a new key came to. */
export interface Rotation {
  /** The id of the key that seals from now on. */
  readonly key: string;
  /** How many values were sealed anew, those that releases keep included. */
  readonly sealed: number;
  /** `octohost/app/TOKEN`: what no key of this host opens; it stays as it is. */
  readonly left: readonly string[];
}

/**
 * A kill half-way leaves everything readable; another run completes it.
 * @throws E_SECRETS_IN_USE while an operation on a site runs
 */
export function rotateSecrets(world: World, operation: Operation): Promise<Rotation> {
  return withSecrets(world, operation, async () => {
    await refuseAmidWork(world);
    await finishJournals(world);
    const used = (await sealedEntries(world)).flatMap(({ values }) => Object.values(values).map(sealedBy));
    const key = await world.state.secrets.rotate((id) => used.includes(id));
    const left: string[] = [];
    let sealed = 0;
    for (const entry of await sealedEntries(world)) {
      try {
        sealed += await sealAnew(world, entry);
      } catch {
        left.push(entry.key);
      }
    }
    return { key, sealed, left };
  });
}

/** What ends instances and frees images, after each deploy too, writes no settings. */
const sealsNothing = /^(?:retire|clean) of /;

/**
 * A deploy seals what it writes at its end: of keys that are in nothing that is written, the next rotation but one
 * would leave none. One that begins after this keeps the key that it read through this rotation.
 */
async function refuseAmidWork(world: World): Promise<void> {
  const working = (await world.state.heldLeases()).filter(
    ({ name, holder, beat }) =>
      name.startsWith('site/') &&
      !sealsNothing.test(holder.purpose) &&
      conditionOf(world, holder, beat) === 'alive',
  );
  if (working.length > 0)
    throw errors.E_SECRETS_IN_USE({ holders: working.map(({ holder }) => describeHolder(holder)) });
}

/** What many settings at once have left in journals gets its own keys, among which it is found here. */
async function finishJournals({ state }: World): Promise<void> {
  for (const { key } of await state.store.list(keys.allSettingsJournals)) {
    const site = key.slice(keys.allSettingsJournals.length);
    if (isSiteName(site)) await finishJournal(state, site);
  }
}

/** An entry of the store with sealed values in it, each by the name that it is bound to. */
interface SealedEntry extends StoreEntry {
  readonly site: string;
  readonly values: Readonly<Record<string, string>>;
  /** The entry's text with other values in their place. */
  readonly written: (values: Readonly<Record<string, string>>) => string;
}

async function sealedEntries({ state: { store } }: World): Promise<SealedEntry[]> {
  const [settings, contents] = await Promise.all([store.list(settingsPrefix), store.list(keys.allContents)]);
  return [...settings.map(settingIn), ...contents.map(contentIn)].flatMap((entry) => {
    const values = Object.entries(entry.values).filter(([, value]) => sealedBy(value) !== undefined);
    return values.length > 0 ? [{ ...entry, values: Object.fromEntries(values) }] : [];
  });
}

function settingIn(entry: StoreEntry): SealedEntry {
  const [site = '', name = ''] = entry.key.slice(settingsPrefix.length).split('/');
  return {
    ...entry,
    site,
    values: { [name]: entry.value },
    written: (values) => values[name] ?? entry.value,
  };
}

function contentIn(entry: StoreEntry): SealedEntry {
  const site = entry.key.slice(keys.allContents.length).split('/', 1)[0] ?? '';
  const certificate = readRecord('certificate', entry.value);
  if (!(certificate instanceof Unreadable)) {
    const written = (values: Readonly<Record<string, string>>) =>
      JSON.stringify({ ...certificate, key: values['SSL_KEY'] });
    return { ...entry, site, values: { SSL_KEY: certificate.key }, written };
  }
  const content = readRecord('content', entry.value);
  if (content instanceof Unreadable) return { ...entry, site, values: {}, written: () => entry.value };
  return { ...entry, site, values: content, written: (values) => JSON.stringify({ ...content, ...values }) };
}

/** Returns how many; none where somebody else has written the entry meanwhile, which the new key has sealed then. */
async function sealAnew(
  { state }: World,
  { key, version, site, values, written }: SealedEntry,
): Promise<number> {
  const { values: opened, secrets } = await state.secrets.open(site, values);
  const value = written(await state.secrets.seal(site, opened, secrets));
  const { done } = await state.store.transact([{ kind: 'set', key, value, expect: version }]);
  return done ? secrets.size : 0;
}
