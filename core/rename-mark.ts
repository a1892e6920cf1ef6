/** The mark that a rename leaves under the old name, until nothing else is left there. */
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import { readableEntry, readEntry } from './read-entry.ts';
import type { Rename } from './records.ts';
import type { StoreOperation } from './roles.ts';
import type { State } from './state.ts';

/** What a site of this name is called now, while something is left under this one. */
export async function renameMark({ store }: State, site: SiteName): Promise<Rename | undefined> {
  const entry = await store.get(keys.rename(site));
  return entry && readEntry('rename', entry);
}

export async function renameMarks({ store }: State): Promise<Rename[]> {
  return (await store.list(keys.renames)).flatMap((entry) => readableEntry('rename', entry));
}

/** Pure. */
export function markRename(mark: Rename): StoreOperation {
  return { kind: 'set', key: keys.rename(mark.site), value: JSON.stringify(mark) };
}
