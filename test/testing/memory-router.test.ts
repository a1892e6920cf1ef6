import { describe, expect, it } from 'vitest';
import { stepContext } from '../contracts/fixture.ts';
import { memoryRouter } from '../testing.ts';

describe('memoryRouter', () => {
  it('counts a generation that is applied again once', async () => {
    const router = memoryRouter();
    const prepared = await router.prepare([], stepContext());
    await router.apply(prepared, stepContext());
    await router.apply(prepared, stepContext());
    expect(router.generations).toEqual([prepared.generation]);
  });
});
