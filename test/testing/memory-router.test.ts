import { describe, expect, it } from 'vitest';
import { stepContext } from '../contracts/fixture.ts';
import { routerContract } from '../contracts/router.ts';
import { memoryRouter } from '../testing.ts';

routerContract('memoryRouter', async () => {
  const router = memoryRouter();
  return { router, request: (host, path) => router.request(host, path), dispose: async () => {} };
});

describe('memoryRouter', () => {
  it('counts a generation that is applied again once', async () => {
    const router = memoryRouter();
    const prepared = await router.prepare([], stepContext());
    await router.apply(prepared, stepContext());
    await router.apply(prepared, stepContext());
    expect(router.generations).toEqual([prepared.generation]);
  });
});
