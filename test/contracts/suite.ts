/** Contract suites as data: one check for each thing that every provider of a role keeps to, and who runs them. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { RoleName } from '../../core/index.ts';
import type { Disposable } from './fixture.ts';

/** One thing that every provider of a role keeps to. */
export interface Check<Fixture> {
  /** After "it": `has a service once it is registered`. One of its own in a suite. */
  readonly name: string;
  /** Rejects where the provider does not keep to it. Leaves nothing behind that another check could meet. */
  run(fixture: Fixture): Promise<void>;
}

/** Everything that every provider of a role keeps to. */
export interface Suite<Fixture extends Disposable> {
  readonly role: RoleName;
  readonly checks: readonly Check<Fixture>[];
  /** How long one check may take. */
  readonly seconds: number;
  /** True: each check gets a fixture of its own; else one is made for all. */
  readonly fixtureEach?: true;
}

/** What one check came to. */
export interface Verdict {
  readonly check: string;
  /** What it threw; absent where the provider keeps to it. */
  readonly error?: unknown;
}

/** What the table of all contracts reads of a test. */
export interface ContractMeta {
  readonly role: RoleName;
  readonly provider: string;
}

const setUpMs = 300_000;
const cleanUpMs = 60_000;

export function check<Fixture>(name: string, run: (fixture: Fixture) => Promise<void>): Check<Fixture> {
  return { name, run };
}

/** Registers a suite with vitest, one test for each check. @param provider what the table of providers calls it */
export function registerSuite<Fixture extends Disposable>(
  suite: Suite<Fixture>,
  provider: string,
  create: () => Promise<Fixture>,
): void {
  const { role, checks, seconds, fixtureEach } = suite;
  const contract: ContractMeta = { role, provider };
  const options = { timeout: seconds * 1000, meta: { contract } as object };
  describe(`${provider} keeps the contract of a ${role}`, () => {
    if (fixtureEach) {
      for (const { name, run } of checks) it(name, options, () => withFixture(create, run));
      return;
    }
    let fixture: Fixture | undefined;
    beforeAll(async () => {
      fixture = await create();
    }, setUpMs);
    afterAll(() => fixture?.dispose(), cleanUpMs);
    for (const { name, run } of checks) it(name, options, () => run(fixture as Fixture));
  });
}

/**
 * Runs a suite, one check after another, and says what each came to; never throws for a provider's fault.
 * @param seconds how long one check may take; the suite's own limit by default
 */
export async function runSuite<Fixture extends Disposable>(
  { checks, fixtureEach, ...suite }: Suite<Fixture>,
  create: () => Promise<Fixture>,
  seconds = suite.seconds,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const judge = async (work: (one: Check<Fixture>) => Promise<void>) => {
    for (const one of checks) verdicts.push(await verdictOf(one.name, work(one), seconds));
  };
  if (fixtureEach) await judge(({ run }) => withFixture(create, run));
  else await withFixture(create, (fixture) => judge(({ run }) => run(fixture)));
  return verdicts;
}

async function withFixture<Fixture extends Disposable>(
  create: () => Promise<Fixture>,
  run: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const fixture = await create();
  try {
    await run(fixture);
  } finally {
    await fixture.dispose();
  }
}

async function verdictOf(name: string, work: Promise<void>, seconds: number): Promise<Verdict> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not within ${seconds} s`)), seconds * 1000);
  try {
    await Promise.race([work, late]);
    return { check: name };
  } catch (error) {
    return { check: name, error };
  } finally {
    clearTimeout(timer);
  }
}
