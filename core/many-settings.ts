/**
 * Settings that are too many for one transaction of every store: all of them are written under one key, the journal, from
 * which moment they count; then each under its own, in parts. A journal that a kill left behind is finished by whoever
 * writes next.
 */
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { Expectation, StoreOperation } from './roles.ts';
import type { State } from './state.ts';

/** By name; null deletes. */
export type SettingValues = Readonly<Record<string, string | null>>;

/** So many leave room for all that is written with a pointer. */
const mostBesideAPointer = 30;
/** So many leave room for the journal itself. */
const mostAtOnce = 50;

/**
 * The operations that set (or, for null, delete) settings. Pure.
 * @param journal what `finishJournal` said of it
 */
export function settingOperations(
  site: SiteName,
  values: SettingValues,
  journal: Expectation,
): StoreOperation[] {
  const operations = singleOperations(site, values);
  return operations.length <= mostBesideAPointer ? operations : [journalOf(site, values, journal)];
}

/** The one operation that sets them, however many they are: they count from then on. Pure. */
export function journalOf(site: SiteName, values: SettingValues, journal: Expectation): StoreOperation {
  return { kind: 'set', key: keys.settingsJournal(site), value: JSON.stringify(values), expect: journal };
}

function singleOperations(site: SiteName, values: SettingValues): StoreOperation[] {
  return Object.entries(values).map(([name, value]) => {
    const key = keys.setting(site, name);
    return value === null ? { kind: 'delete', key } : { kind: 'set', key, value };
  });
}

/** Settings as a journal makes them. Pure. */
export function withJournal(
  settings: Readonly<Record<string, string>>,
  journal: SettingValues,
): Record<string, string> {
  const merged = Object.entries({ ...settings, ...journal });
  return Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== null));
}

/**
 * Writes each setting of the journal under its own key. It stays, empty: its version tells readers that it was finished
 * while they read. Two that do it at once do no harm. Returns what the journal is then.
 */
export async function finishJournal(state: State, site: SiteName): Promise<Expectation> {
  const key = keys.settingsJournal(site);
  for (;;) {
    const known = await state.settingsJournal(site);
    if (!known) return 'absent';
    const { record, version: expect } = known;
    const operations = singleOperations(site, record);
    if (operations.length === 0) return expect;
    const isDone = await inParts(state, operations, { kind: 'check', key, expect });
    if (isDone) await state.store.transact([{ kind: 'set', key, value: '{}', expect }]);
  }
}

/** False where somebody else finished meanwhile. */
async function inParts(
  { store }: State,
  operations: readonly StoreOperation[],
  check: StoreOperation,
): Promise<boolean> {
  for (let done = 0; done < operations.length; done += mostAtOnce) {
    const result = await store.transact([check, ...operations.slice(done, done + mostAtOnce)]);
    if (!result.done) return false;
  }
  return true;
}
