/** What Consul has under a key, as an entry of the store. */
import type { StoreEntry, Unusable } from '../../core/index.ts';
import type { Agent } from './calls.ts';
import { errors } from './errors.ts';
import type { Keys } from './keys.ts';
import { isElsewhere, mostOperations } from './transaction.ts';

/** An item as the client gives it where values are asked for as bytes. */
export interface Item {
  readonly Key: string;
  readonly Value: Buffer | null;
  readonly Flags: number;
  readonly ModifyIndex: number;
}

export async function getItem(agent: Agent, key: string): Promise<Item | undefined> {
  return agent.ask('read a key', async (consul, options) => {
    const item = await consul.kv.get({ key, buffer: true, consistent: true, ...options } as { key: string });
    return (item ?? undefined) as Item | undefined;
  });
}

/** As many in one request as a transaction may have; those that are there. */
export async function getItems(agent: Agent, keys: readonly string[]): Promise<Item[]> {
  const parts = Array.from({ length: Math.ceil(keys.length / mostOperations) }, (_, index) =>
    keys.slice(index * mostOperations, (index + 1) * mostOperations),
  );
  return (await Promise.all(parts.map((part) => getTogether(agent, part)))).flat();
}

/** Where one of them is not there Consul gives none of a transaction; each by itself then says what is wrong. */
async function getTogether(agent: Agent, keys: readonly string[]): Promise<Item[]> {
  const operations = keys.map((Key) => ({ KV: { Verb: 'get', Key } }));
  try {
    return await agent.ask('read keys', async (consul, options) => {
      const sent = operations as unknown as Parameters<typeof consul.transaction.create>[0];
      const { Results } = await consul.transaction.create(sent, { ...options, consistent: true } as never);
      return (Results ?? []).map(({ KV }) => itemIn(KV as unknown as Encoded));
    });
  } catch {
    const found = await Promise.all(keys.map((key) => getItem(agent, key)));
    return found.filter((item) => item !== undefined);
  }
}

/** Of a transaction's answer the client leaves values as they come. */
interface Encoded extends Omit<Item, 'Value'> {
  /** base64 */
  readonly Value: string | null;
}

function itemIn({ Value, ...facts }: Encoded): Item {
  return { ...facts, Value: Value === null ? null : Buffer.from(Value, 'base64') };
}

/** Sorted by key; what only Consul's own interface takes for a folder is left out. */
export async function listItems(agent: Agent, prefix: string): Promise<Item[]> {
  const items = await agent.ask('list keys', async (consul, options) => {
    const wanted = { key: prefix, recurse: true, buffer: true, consistent: true, ...options };
    return ((await consul.kv.get(wanted)) ?? []) as unknown as Item[];
  });
  return items.filter(({ Key }) => !Key.endsWith('/'));
}

/** The entry, or the key as octohost knows it and what is wrong with its value. */
export async function readOrProblem(
  agent: Agent,
  keys: Keys,
  item: Item,
): Promise<{ readonly entry: StoreEntry } | Unusable> {
  const key = keys.fromConsul(item.Key);
  const kept = isElsewhere(item.Flags) ? await getItem(agent, textOf(item) ?? '') : item;
  if (!kept) return { name: key, problem: 'is kept in another key, which is gone' };
  const value = textOf(kept);
  if (value === undefined) return { name: key, problem: 'is not Unicode text' };
  return { entry: { key, value, version: item.ModifyIndex } };
}

/** @throws E_CONSUL_VALUE */
export async function readItem(agent: Agent, keys: Keys, item: Item): Promise<StoreEntry> {
  const read = await readOrProblem(agent, keys, item);
  if ('entry' in read) return read.entry;
  throw errors.E_CONSUL_VALUE({ key: item.Key, problem: read.problem });
}

/** Undefined where it is no text. */
export function textOf({ Value }: Pick<Item, 'Value'>): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Value ?? Buffer.alloc(0));
  } catch {
    return undefined;
  }
}
