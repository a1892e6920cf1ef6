/** What every provider of the role runtime keeps to. */
import { afterEach, describe } from 'vitest';
import { useFixture } from './fixture.ts';
import { createBench, type RuntimeFixture } from './runtime-bench.ts';
import { logs, volumes } from './runtime-data.ts';
import { events } from './runtime-events.ts';
import { commands, endings, names, stops } from './runtime-life.ts';
import { listings, refusals, starts } from './runtime-start.ts';
import { tasks } from './runtime-tasks.ts';

export type { RuntimeCommands, RuntimeFixture, RuntimeImages } from './runtime-bench.ts';

const perTestMs = 60_000;

/** Registers the suite. Instances are reached at 127.0.0.1; every test has a site of its own and cleans it up. */
export function runtimeContract(name: string, create: () => Promise<RuntimeFixture>): void {
  describe(`${name} keeps the contract of a runtime`, { timeout: perTestMs }, () => {
    const bench = createBench(useFixture(create));
    afterEach(() => bench.cleanUp(), perTestMs);
    starts(bench);
    refusals(bench);
    listings(bench);
    endings(bench);
    stops(bench);
    names(bench);
    commands(bench);
    logs(bench);
    volumes(bench);
    tasks(bench);
    events(bench);
  });
}
