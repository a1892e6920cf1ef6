import { describe, expect, it } from 'vitest';
import { collect } from '../contracts/fixture.ts';
import { observe } from './observe.ts';

const plain = () => {
  const done: string[] = [];
  const provider = {
    async write(word: string) {
      done.push(word);
      return done.length;
    },
    async *words() {
      yield* done;
    },
    title: 'plain',
  };
  return { done, provider: observe(provider, ['words']) };
};

describe('observe', () => {
  it('records every call with its arguments, in order, and changes nothing else', async () => {
    const { provider } = plain();
    expect(await provider.write('a')).toBe(1);
    expect(await provider.write('b')).toBe(2);
    expect(await collect(provider.words())).toEqual(['a', 'b']);
    expect(provider.title).toBe('plain');
    expect(provider.calls).toEqual([
      { method: 'write', arguments: ['a'] },
      { method: 'write', arguments: ['b'] },
      { method: 'words', arguments: [] },
    ]);
  });

  it('throws an error that a test put in, before the work, until it is taken away', async () => {
    const { provider, done } = plain();
    const takeAway = provider.faults.on('write', new Error('no'));
    await expect(provider.write('a')).rejects.toThrow('no');
    await expect(provider.write('b')).rejects.toThrow('no');
    expect(done).toEqual([]);
    takeAway();
    await provider.write('c');
    expect(done).toEqual(['c']);
    expect(provider.calls).toHaveLength(3);
  });

  it('lets a function decide by the arguments, and waits for it', async () => {
    const { provider, done } = plain();
    provider.faults.on('write', async (word) => {
      await Promise.resolve();
      if (word === 'bad') throw new Error('bad word');
    });
    await provider.write('good');
    await expect(provider.write('bad')).rejects.toThrow('bad word');
    expect(done).toEqual(['good']);
  });

  it('strikes one call only, or after the work', async () => {
    const { provider, done } = plain();
    provider.faults.once('write', new Error('once'));
    await expect(provider.write('a')).rejects.toThrow('once');
    await provider.write('b');
    provider.faults.after('write', new Error('the answer got lost'));
    await expect(provider.write('c')).rejects.toThrow('the answer got lost');
    expect(done).toEqual(['b', 'c']);
    provider.faults.clear();
    await provider.write('d');
    expect(done).toEqual(['b', 'c', 'd']);
  });

  it('strikes a stream when it is read', async () => {
    const { provider } = plain();
    provider.faults.on('words', new Error('torn'));
    await expect(collect(provider.words())).rejects.toThrow('torn');
  });
});
