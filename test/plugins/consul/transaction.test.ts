import { describe, expect, it } from 'vitest';
import type { StoreOperation } from '../../../core/index.ts';
import { keysBelow } from '../../../plugins/consul/keys.ts';
import {
  isElsewhere,
  markOf,
  mostBytes,
  mostOperations,
  prepareTransaction,
} from '../../../plugins/consul/transaction.ts';

const keys = keysBelow('team/octo');
const prepare = (...operations: StoreOperation[]) => prepareTransaction(operations, keys, 7);
const base64 = (text: string) => Buffer.from(text).toString('base64');

function prepared(...operations: StoreOperation[]) {
  const result = prepare(...operations);
  if ('conflicts' in result) throw new Error(`conflicts: ${result.conflicts.join()}`);
  return result;
}

describe('a transaction for Consul', () => {
  it('has each operation under the prefix, with the mark in what it sets', () => {
    const { operations } = prepared(
      { kind: 'set', key: 'octohost/app/A', value: 'ä' },
      { kind: 'set', key: 'octohost-state/b', value: 'b', expect: 'absent' },
      { kind: 'set', key: 'octohost-state/c', value: 'c', expect: 12 },
      { kind: 'check', key: 'octohost-state/d', expect: 13 },
      { kind: 'check', key: 'octohost-state/e', expect: 'absent' },
      { kind: 'delete', key: 'octohost-state/f' },
      { kind: 'delete', key: 'octohost-state/g', expect: 14 },
    );
    const Key = (name: string) => `team/octo-state/${name}`;
    expect(operations.map(({ KV }) => KV)).toEqual([
      { Verb: 'set', Key: 'team/octo/app/A', Value: base64('ä'), Flags: 7 },
      { Verb: 'cas', Key: Key('b'), Value: base64('b'), Flags: 7, Index: 0 },
      { Verb: 'cas', Key: Key('c'), Value: base64('c'), Flags: 7, Index: 12 },
      { Verb: 'check-index', Key: Key('d'), Index: 13 },
      { Verb: 'check-not-exists', Key: Key('e') },
      { Verb: 'delete', Key: Key('f') },
      { Verb: 'check-index', Key: Key('g'), Index: 14 },
      { Verb: 'delete', Key: Key('g') },
    ]);
  });

  it('has a key once: the last change of it, under the condition of any', () => {
    const key = 'octohost-state/a';
    const { operations } = prepared(
      { kind: 'check', key, expect: 3 },
      { kind: 'set', key, value: 'one' },
      { kind: 'set', key, value: 'two', expect: 3 },
    );
    expect(operations.map(({ KV }) => KV)).toMatchObject([{ Verb: 'cas', Index: 3, Value: base64('two') }]);
  });

  it('is a conflict by itself where two conditions cannot both hold', () => {
    const key = 'octohost-state/a';
    expect(prepare({ kind: 'check', key, expect: 3 }, { kind: 'delete', key, expect: 4 })).toEqual({
      conflicts: [key],
    });
  });

  it('is refused where it has more operations than Consul takes', () => {
    const many = Array.from({ length: mostOperations + 1 }, (_, index): StoreOperation => {
      return { kind: 'set', key: `octohost-state/${index}`, value: 'x' };
    });
    expect(() => prepare(...many)).toThrow(expect.objectContaining({ code: 'E_CONSUL_LIMIT' }));
    expect(prepared(...many.slice(1)).operations).toHaveLength(mostOperations);
  });

  it('leads to values that are written ahead where all together are too long, the longest first, never settings', () => {
    const long = 'v'.repeat(200_000);
    const { operations, ahead } = prepared(
      { kind: 'set', key: 'octohost/app/LONG', value: long },
      { kind: 'set', key: 'octohost-state/long', value: `${long}!` },
      { kind: 'set', key: 'octohost-state/short', value: 'x' },
    );
    expect([...ahead]).toEqual([['team/octo-state/values/7-0', `${long}!`]]);
    const flags = operations.map(({ KV }) => KV.Flags ?? 0);
    expect(flags.map(isElsewhere)).toEqual([false, true, false]);
    expect(flags.map(markOf)).toEqual([7, 7, 7]);
    expect(operations[1]?.KV.Value).toBe(base64('team/octo-state/values/7-0'));
    expect(JSON.stringify(operations).length).toBeLessThan(mostBytes);
  });
});
