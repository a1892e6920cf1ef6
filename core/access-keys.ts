/** Adds and removes keys: each change sees all changes before it. */
import { type AccessKey, allows } from './access.ts';
import { errors } from './error-catalogue.ts';
import { type KeyName, parseSitePattern, type SiteName, type SitePattern } from './grammar.ts';
import { keys } from './keys.ts';
import type { StoreOperation } from './roles.ts';
import type { State } from './state.ts';

/**
 * One name, one key; one key, one name: sshd takes the first line that matches a key. An authority may stand under several
 * names, for its certificates say which of them is meant.
 */
export async function addKey(state: State, key: AccessKey): Promise<void> {
  await changeKeys(state, async () => {
    const same = (other: AccessKey) => other.type === key.type && other.base64 === key.base64;
    const named = (await state.accessKey(key.name))?.record;
    const isOther = named && !(same(named) && named.authority === key.authority);
    if (isOther) throw errors.E_KEY_TAKEN({ name: key.name });
    const twin = (await state.accessKeys()).find(
      (other) => other.name !== key.name && same(other) && !(key.authority && other.authority),
    );
    if (twin) throw errors.E_KEY_TWICE({ name: twin.name, fingerprint: key.fingerprint });
    return [setTo(key)];
  });
}

/** Looks at the entry, not at the record: one that cannot be read can be removed too. */
export async function removeKey(state: State, name: KeyName): Promise<void> {
  const key = keys.accessKey(name);
  await changeKeys(state, async () => {
    if (!(await state.store.get(key))) throw errors.E_KEY_UNKNOWN({ name });
    return [{ kind: 'delete', key }];
  });
}

/** How many keys are changed in one transaction; every store takes as many. */
const keysAtOnce = 50;

/** Rights that name a site go with it to another name; those by a pattern stay as they are. */
export async function moveRights(state: State, from: SiteName, to: SiteName): Promise<void> {
  const name = parseSitePattern(from);
  const named = async () => (await state.accessKeys()).filter(({ sites }) => sites.includes(name));
  while ((await named()).length > 0)
    await changeKeys(state, async () =>
      (await named())
        .slice(0, keysAtOnce)
        .map((key) => setTo({ ...key, sites: renamedIn(key.sites, from, to) })),
    );
}

/** Pure. */
function renamedIn(sites: readonly SitePattern[], from: SiteName, to: SiteName): SitePattern[] {
  const [before, after] = [parseSitePattern(from), parseSitePattern(to)];
  return [...new Set(sites.map((one) => (one === before ? after : one)))];
}

/** The keys that a site loses with its name: a pattern means the old one, and nothing the new one. Pure. */
export function rightsByPattern(all: readonly AccessKey[], from: SiteName, to: SiteName): AccessKey[] {
  return all.filter((key) => {
    const after = { ...key, sites: renamedIn(key.sites, from, to) };
    return allows(key, key.right, from) && !allows(after, key.right, to);
  });
}

function setTo(key: AccessKey): StoreOperation {
  return { kind: 'set', key: keys.accessKey(key.name), value: JSON.stringify(key) };
}

/** Computed anew where somebody else changed a key in between. */
async function changeKeys(state: State, compute: () => Promise<readonly StoreOperation[]>): Promise<void> {
  for (;;) {
    const before = await state.store.get(keys.accessKeyChange);
    const operations = await compute();
    const value = operations.map(({ key }) => key).join(' ');
    const { done } = await state.store.transact([
      ...operations,
      { kind: 'set', key: keys.accessKeyChange, value, expect: before?.version ?? 'absent' },
    ]);
    if (done) return;
  }
}
