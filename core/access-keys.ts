/** Adds and removes keys: each change sees all changes before it. */
import type { AccessKey } from './access.ts';
import { errors } from './error-catalogue.ts';
import type { KeyName } from './grammar.ts';
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
    return { kind: 'set', key: keys.accessKey(key.name), value: JSON.stringify(key) };
  });
}

/** Looks at the entry, not at the record: one that cannot be read can be removed too. */
export async function removeKey(state: State, name: KeyName): Promise<void> {
  const key = keys.accessKey(name);
  await changeKeys(state, async () => {
    if (!(await state.store.get(key))) throw errors.E_KEY_UNKNOWN({ name });
    return { kind: 'delete', key };
  });
}

/** Computed anew where somebody else changed a key in between. */
async function changeKeys(state: State, compute: () => Promise<StoreOperation>): Promise<void> {
  for (;;) {
    const before = await state.store.get(keys.accessKeyChange);
    const operation = await compute();
    const { done } = await state.store.transact([
      operation,
      { kind: 'set', key: keys.accessKeyChange, value: operation.key, expect: before?.version ?? 'absent' },
    ]);
    if (done) return;
  }
}
