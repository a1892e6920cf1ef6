import { expect, it } from 'vitest';
import { versionsOf } from '../../core/parts.ts';

it('asks all, and an answer does not wait for one that fails', async () => {
  const parts = [
    { name: 'a', version: async () => '1.0' },
    { name: 'b', version: () => Promise.reject(new Error('away')) },
  ];
  expect(await versionsOf(parts, new AbortController().signal)).toEqual([
    { name: 'a', version: '1.0' },
    { name: 'b', problem: 'away' },
  ]);
});

it('gives one up that never answers', async () => {
  const stop = new AbortController();
  const asked = versionsOf([{ name: 'a', version: () => new Promise<string>(() => {}) }], stop.signal);
  stop.abort();
  expect(await asked).toEqual([{ name: 'a', problem: expect.stringContaining('did not answer') }]);
});
