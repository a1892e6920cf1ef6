/** A transaction of octohost as one of Consul: its operations, and what of it is written ahead. Pure. */
import type { Expectation, StoreOperation } from '../../core/index.ts';
import { errors } from './errors.ts';
import type { Keys } from './keys.ts';

/** Of Consul itself: https://developer.hashicorp.com/consul/api-docs/txn */
export const mostOperations = 64;
export const mostBytes = 512 * 1024;

/**
 * Consul leaves a key alone that is set to what it has, and tells nobody who wrote what. So each transaction marks what
 * it sets with a number of its own, in the flags: a set always counts as a change, and after a lost answer the mark tells
 * whether the transaction was done.
 */
export const marks = 2 ** 48;
/** In the flags: the value is the key of the value. */
const elsewhere = 2 ** 50;

export function isElsewhere(flags: number): boolean {
  return flags >= elsewhere;
}

export function markOf(flags: number): number {
  return flags % elsewhere;
}

export interface ConsulOperation {
  readonly KV: {
    readonly Verb: 'set' | 'cas' | 'delete' | 'check-index' | 'check-not-exists';
    readonly Key: string;
    /** base64 */
    readonly Value?: string;
    readonly Flags?: number;
    readonly Index?: number;
  };
}

/** What becomes of one key. */
interface Change {
  readonly key: string;
  readonly expect: Expectation | undefined;
  /** Null: deleted; undefined: only looked at. */
  readonly value: string | null | undefined;
}

export interface Prepared {
  readonly operations: readonly ConsulOperation[];
  /** The key, as octohost knows it, of each operation. */
  readonly keys: readonly string[];
  /** Written before, under keys that nobody has: long values, by key of Consul. */
  readonly ahead: ReadonlyMap<string, string>;
}

/**
 * Conditions are judged against what was before, and of several operations on a key the last one counts: so each key
 * comes once, and their order does not matter. Keys with conditions that cannot both hold are conflicts at once.
 * @param mark a number below `marks` that no other transaction has
 * @throws E_CONSUL_LIMIT
 */
export function prepareTransaction(
  operations: readonly StoreOperation[],
  keys: Keys,
  mark: number,
): Prepared | { readonly conflicts: readonly string[] } {
  const byKey = Map.groupBy(operations, ({ key }) => key);
  const contradicted = [...byKey].filter(([, some]) => conditionsOf(some).size > 1).map(([key]) => key);
  if (contradicted.length > 0) return { conflicts: contradicted };
  const changes = [...byKey].map(([key, some]) => changeOf(key, some));
  const ahead = valuesAhead(changes, keys, mark);
  const each = changes.map((change) => operationsOf(change, keys, mark, ahead.get(change.key)));
  const all = each.flat();
  if (all.length > mostOperations)
    throw errors.E_CONSUL_LIMIT({ operations: all.length, most: mostOperations });
  const values = new Map(changes.map(({ key, value }) => [key, value] as const));
  return {
    operations: all,
    keys: each.flatMap((some, index) => some.map(() => changes[index]?.key ?? '')),
    ahead: new Map([...ahead].map(([key, place]) => [place, values.get(key) ?? ''])),
  };
}

function conditionsOf(operations: readonly StoreOperation[]): Set<Expectation> {
  return new Set(operations.flatMap(({ expect }) => (expect === undefined ? [] : [expect])));
}

function changeOf(key: string, operations: readonly StoreOperation[]): Change {
  const last = operations.findLast(({ kind }) => kind !== 'check');
  return {
    key,
    expect: [...conditionsOf(operations)][0],
    value: last?.kind === 'set' ? last.value : last && null,
  };
}

function operationsOf(
  { key, expect, value }: Change,
  keys: Keys,
  mark: number,
  place: string | undefined,
): ConsulOperation[] {
  const Key = keys.toConsul(key);
  const check: ConsulOperation[] =
    expect === undefined
      ? []
      : expect === 'absent'
        ? [{ KV: { Verb: 'check-not-exists', Key } }]
        : [{ KV: { Verb: 'check-index', Key, Index: expect } }];
  if (value === undefined) return check;
  // Consul's own delete-cas takes an absent key for one of any version.
  if (value === null) return [...check, { KV: { Verb: 'delete', Key } }];
  const written = {
    Key,
    Value: Buffer.from(place ?? value).toString('base64'),
    Flags: place === undefined ? mark : elsewhere + mark,
  };
  if (expect === undefined) return [{ KV: { Verb: 'set', ...written } }];
  return [{ KV: { Verb: 'cas', ...written, Index: expect === 'absent' ? 0 : expect } }];
}

/** The longest values, as many as it takes until the rest fits; never settings, which others read. */
function valuesAhead(changes: readonly Change[], keys: Keys, mark: number): Map<string, string> {
  let bytes = changes.reduce((sum, change) => sum + bytesOf(change), 0);
  const ahead = new Map<string, string>();
  const movable = changes
    .filter(({ key }) => !keys.toConsul(key).startsWith(keys.settings))
    .toSorted((a, b) => bytesOf(b) - bytesOf(a));
  for (const change of movable) {
    if (bytes <= mostBytes) break;
    const place = `${keys.values}${mark.toString(16)}-${ahead.size}`;
    ahead.set(change.key, place);
    bytes += bytesOf({ ...change, value: place }) - bytesOf(change);
  }
  return ahead;
}

/** At most what it takes in the request: base64, and the JSON around it. */
function bytesOf({ key, value }: Change): number {
  return 200 + 2 * Buffer.byteLength(key) + Math.ceil(Buffer.byteLength(value ?? '') / 3) * 4;
}
