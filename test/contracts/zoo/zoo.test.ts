/** Every provider that is wrong on purpose is found by the one check that is meant for its fault, and by no other. */
import { describe, expect, it } from 'vitest';
import type { Disposable } from '../fixture.ts';
import { runSuite } from '../suite.ts';
import { builders } from './builders.ts';
import { publishers } from './publishers.ts';
import { registrars } from './registrars.ts';
import { routers } from './routers.ts';
import { runtimes } from './runtimes.ts';
import { stores } from './stores.ts';
import type { Cage } from './wrong.ts';

/** Long enough for all that a check waits for by itself. */
const seconds = 60;

function opened<Fixture extends Disposable>({ suite, wrong }: Cage<Fixture>) {
  return wrong.map(({ what, caughtBy, create, suite: own = suite }) => ({
    what: `${own.role} that ${what}`,
    caughtBy,
    names: own.checks.map(({ name }) => name),
    verdicts: () => runSuite(own, create, seconds),
  }));
}

const zoo = [
  ...opened(builders),
  ...opened(publishers),
  ...opened(registrars),
  ...opened(routers),
  ...opened(runtimes),
  ...opened(stores),
];

describe('a contract finds', () => {
  // All at once: most of them wait for something that never comes.
  const running = zoo.map(({ verdicts }) => verdicts());
  for (const [index, { what, caughtBy, names }] of zoo.entries())
    it(`a ${what}`, { timeout: 300_000 }, async () => {
      expect(names).toContain(caughtBy);
      const verdicts = (await running[index]) ?? [];
      expect(verdicts.filter(({ error }) => error !== undefined).map(({ check }) => check)).toEqual([
        caughtBy,
      ]);
    });
});

it('each wrong provider has a check of its own', () => {
  const keys = zoo.map(({ names, caughtBy }) => `${names.length} ${caughtBy}`);
  expect(keys).toEqual([...new Set(keys)]);
});
