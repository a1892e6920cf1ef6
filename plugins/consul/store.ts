/** The role store in Consul's key/value store. */
import { randomBytes } from 'node:crypto';
import type { Store, StoreEntry, StoreOperation, TransactionResult, Unusable } from '../../core/index.ts';
import { checkKey, checkOperations, checkPrefix } from '../shared/store-limits.ts';
import type { Agent, BlockingRequest } from './calls.ts';
import { getItem, getItems, type Item, listItems, readItem, readOrProblem, textOf } from './entries.ts';
import { errors } from './errors.ts';
import type { Keys } from './keys.ts';
import { isElsewhere, markOf, marks, type Prepared, prepareTransaction } from './transaction.ts';
import { watchChanges } from './watch.ts';

/** How long a value that was written ahead may wait for its transaction before it counts as left behind. */
const aheadMs = 60 * 60 * 1000;

interface Written {
  readonly Key: string;
  readonly ModifyIndex: number;
}

export function createConsulStore(agent: Agent, keys: Keys): Store {
  const closed = new AbortController();
  const ready = once(() => assertReadable(agent, keys));
  const use = async () => {
    if (closed.signal.aborted) throw errors.E_CONSUL_CLOSED({ address: agent.address });
    await ready();
  };
  return {
    async get(key) {
      checkKey(key);
      await use();
      const item = await getItem(agent, keys.toConsul(key));
      return item && readItem(agent, keys, item);
    },
    async getMany(wanted) {
      for (const key of wanted) checkKey(key);
      await use();
      const items = await getItems(
        agent,
        wanted.map((key) => keys.toConsul(key)),
      );
      return readable(agent, keys, items);
    },
    async list(prefix) {
      checkPrefix(prefix);
      await use();
      return readable(agent, keys, await listItems(agent, keys.toConsul(prefix)));
    },
    async unusable(prefix) {
      checkPrefix(prefix);
      await use();
      return problemsOf(agent, keys, await listItems(agent, keys.toConsul(prefix)));
    },
    async transact(operations) {
      checkOperations(operations);
      await use();
      return transact(agent, keys, operations);
    },
    watch(prefix, signal) {
      const key = keys.toConsul(prefix);
      const look = async () => signatureOf(await listItems(agent, key));
      const change: BlockingRequest = (consul, options) => consul.kv.get({ key, recurse: true, ...options });
      return watchChanges(agent, { look, changes: [change] }, AbortSignal.any([signal, closed.signal]));
    },
    async close() {
      closed.abort();
      agent.close();
    },
  };
}

/**
 * Where a token may not read, a list is empty and says nothing; a single key is refused. So one of each kind is asked
 * for before the first list is believed.
 */
async function assertReadable(agent: Agent, keys: Keys): Promise<void> {
  await Promise.all([getItem(agent, keys.settings), getItem(agent, keys.state)]);
}

/** Once it has gone well it is not done again. */
function once(work: () => Promise<void>): () => Promise<void> {
  let doing: Promise<void> | undefined;
  return () => {
    doing ??= work().catch((error: unknown) => {
      doing = undefined;
      throw error;
    });
    return doing;
  };
}

/** One that cannot be read is left out: it is refused where it is asked for by its key, and hides no other. */
async function readable(agent: Agent, keys: Keys, items: readonly Item[]): Promise<StoreEntry[]> {
  const entries = await Promise.all(itemsOf(keys, items).map((item) => readOrProblem(agent, keys, item)));
  return entries.flatMap((read) => ('entry' in read ? [read.entry] : []));
}

async function problemsOf(agent: Agent, keys: Keys, items: readonly Item[]): Promise<Unusable[]> {
  const entries = await Promise.all(itemsOf(keys, items).map((item) => readOrProblem(agent, keys, item)));
  return entries.flatMap((read) => ('problem' in read ? [read] : []));
}

/** Long values are no entries of their own. */
function itemsOf(keys: Keys, items: readonly Item[]): readonly Item[] {
  return items.filter(({ Key }) => !Key.startsWith(keys.values));
}

/** Two of them differ when something changed in between. */
function signatureOf(items: readonly Item[]): string {
  return `${items.length} ${Math.max(0, ...items.map(({ ModifyIndex }) => ModifyIndex))}`;
}

async function transact(
  agent: Agent,
  keys: Keys,
  operations: readonly StoreOperation[],
): Promise<TransactionResult> {
  if (operations.length === 0) return { done: true, version: 0 };
  const mark = Number.parseInt(randomBytes(6).toString('hex'), 16) % marks;
  const prepared = prepareTransaction(operations, keys, mark);
  if ('conflicts' in prepared) return { done: false, conflicts: prepared.conflicts };
  await writeAhead(agent, prepared.ahead);
  const outcome = await agent.write(async (consul, options) => {
    const sent = prepared.operations as unknown as Parameters<typeof consul.transaction.create>[0];
    const { Results } = await consul.transaction.create(sent, options as never);
    return (Results ?? []).map((result) => result.KV as Written);
  });
  if (prepared.ahead.size > 0) await forgetUnused(agent, keys).catch(() => {});
  if ('answer' in outcome) return { done: true, version: versionOf(outcome.answer) };
  // An earlier try was done after all, though its answer was lost: nobody else has its mark.
  const version = outcome.unsure ? await versionOfMark(agent, prepared, mark) : undefined;
  if (version !== undefined) return { done: true, version };
  const conflicts = new Set(outcome.conflicts.map((index) => prepared.keys[index] ?? ''));
  return { done: false, conflicts: [...conflicts] };
}

/** All that a transaction sets has the same, which is higher than that of what it only looks at. */
function versionOf(written: readonly Written[]): number {
  return Math.max(0, ...written.map(({ ModifyIndex }) => ModifyIndex));
}

async function versionOfMark(
  agent: Agent,
  { operations }: Prepared,
  mark: number,
): Promise<number | undefined> {
  for (const { KV } of operations) {
    if (KV.Value === undefined) continue;
    const item = await getItem(agent, KV.Key);
    if (item && markOf(item.Flags) === mark) return item.ModifyIndex;
  }
  return undefined;
}

async function writeAhead(agent: Agent, ahead: ReadonlyMap<string, string>): Promise<void> {
  for (const [key, value] of ahead) {
    const flags = Math.floor(Date.now() / 1000);
    const done = await agent.ask('write a key', (consul, options) =>
      consul.kv.set({ key, value, flags, ...options }),
    );
    if (!done) throw errors.E_CONSUL_VALUE({ key, problem: 'was not written' });
  }
}

/** Takes values away that no key leads to any more, or never did. */
async function forgetUnused(agent: Agent, keys: Keys): Promise<void> {
  const items = await listItems(agent, keys.state);
  const used = new Set(items.filter(({ Flags }) => isElsewhere(Flags)).map((item) => textOf(item)));
  const before = (Date.now() - aheadMs) / 1000;
  const unused = items.filter(
    ({ Key, Flags }) => Key.startsWith(keys.values) && !used.has(Key) && Flags < before,
  );
  for (const { Key } of unused)
    await agent.ask('delete a key', (consul, options) => consul.kv.del({ key: Key, ...options }));
}
