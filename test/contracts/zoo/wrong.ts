/** A provider that is wrong on purpose, and the one check of the contract that has to find it. */
import type { Disposable } from '../fixture.ts';
import type { Suite } from '../suite.ts';

export interface Wrong<Fixture extends Disposable> {
  /** After "a store that": `sorts by a language's rules`. */
  readonly what: string;
  /** The name of the check. */
  readonly caughtBy: string;
  readonly create: () => Promise<Fixture>;
  /** What it is held to, where it claims to lack something; the whole suite otherwise. */
  readonly suite?: Suite<Fixture>;
}

/** All wrong providers of a role. */
export interface Cage<Fixture extends Disposable> {
  readonly suite: Suite<Fixture>;
  readonly wrong: readonly Wrong<Fixture>[];
}

/** Makes wrong providers out of right ones. */
export function breeder<Fixture extends Disposable, Provider>(
  create: () => Promise<Fixture>,
  replace: (fixture: Fixture, change: (provider: Provider) => Partial<Provider>) => Fixture,
) {
  return (
    what: string,
    caughtBy: string,
    change: (provider: Provider, fixture: Fixture) => Partial<Provider>,
  ): Wrong<Fixture> => ({
    what,
    caughtBy,
    create: async () => {
      const fixture = await create();
      return replace(fixture, (provider) => change(provider, fixture));
    },
  });
}
