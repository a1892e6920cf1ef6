/** What every provider of the role runtime keeps to. */
import { expect } from 'vitest';
import { stepContext } from './fixture.ts';
import { attendedCommands, attendedTasks } from './runtime-attended.ts';
import { benchCheck, type RuntimeFixture } from './runtime-bench.ts';
import { logs, volumes } from './runtime-data.ts';
import { events } from './runtime-events.ts';
import { commands, endings, names, stops } from './runtime-life.ts';
import { listings, refusals, starts } from './runtime-start.ts';
import { tasks } from './runtime-tasks.ts';
import { registerSuite, type Suite } from './suite.ts';

export type { RuntimeCommands, RuntimeFixture, RuntimeImages } from './runtime-bench.ts';

/** What a runtime may lack; it refuses what it lacks instead of leaving it out. */
export interface RuntimeCapabilities {
  /** False: its instances keep no data; it does not start one with a volume. */
  readonly volumes: boolean;
  /** False: no command can be run in an instance. */
  readonly exec: boolean;
}

const withoutVolumes = benchCheck(
  'refuses to start an instance with a volume, and has none',
  async ({ fixture: { runtime }, request }) => {
    const wanted = request('lingers', { spec: { volumes: ['/data'] } });
    await expect(runtime.start(wanted, stepContext())).rejects.toMatchObject({ code: 'E_START_REFUSED' });
    expect(await runtime.list(wanted.spec.site)).toEqual([]);
    expect(await runtime.volumes(wanted.spec.site)).toEqual([]);
  },
);

const withoutExec = benchCheck(
  'rejects a command in an instance',
  async ({ fixture: { runtime }, start }) => {
    const { signal } = new AbortController();
    await expect(runtime.exec(await start('lingers'), ['true'], signal)).rejects.toThrow();
  },
);

/** Instances are reached at 127.0.0.1; every check has a site of its own and cleans it up. */
export function runtimeSuite(capabilities: Partial<RuntimeCapabilities> = {}): Suite<RuntimeFixture> {
  const has = { volumes: true, exec: true, ...capabilities };
  return {
    role: 'runtime',
    seconds: 60,
    checks: [
      ...starts,
      ...refusals,
      ...listings,
      ...endings,
      ...stops,
      ...names,
      ...(has.exec ? [...commands, ...attendedCommands] : [withoutExec]),
      ...logs,
      ...(has.volumes ? volumes : [withoutVolumes]),
      ...tasks,
      ...attendedTasks,
      ...events,
    ],
  };
}

/** Registers the suite with vitest. */
export function runtimeContract(
  name: string,
  create: () => Promise<RuntimeFixture>,
  capabilities?: Partial<RuntimeCapabilities>,
): void {
  registerSuite(runtimeSuite(capabilities), name, create);
}
