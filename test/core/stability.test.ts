/** The half minute after the switch: whether the new instances stay, and who writes down that they do not. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import type { Stability } from '../../core/records.ts';
import type { InstanceState } from '../../core/roles.ts';
import { isUnstable, judgeStability } from '../../core/stability.ts';
import { type QuickClock, quickClock } from '../helpers/clock.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const switched = Date.parse('2026-11-25T12:00:00.000Z');
const at = (seconds: number) => new Date(switched + seconds * 1000).toISOString();
const state = (more: Partial<InstanceState> = {}): InstanceState => ({
  running: true,
  startedAt: at(-5),
  restarts: 0,
  kept: true,
  ...more,
});
const down = { running: false, exitCode: 1 };

describe('a look', () => {
  it.each([
    { what: 'too early', seconds: 29, states: [state()], phase: 'watched' },
    { what: 'when the time is over', seconds: 30, states: [state(), state()], phase: 'stable' },
    {
      what: 'at a restart',
      seconds: 3,
      states: [state(), state({ restarts: 1, startedAt: at(2) })],
      phase: 'unstable',
    },
    { what: 'between an end and a restart', seconds: 3, states: [state(down)], phase: 'unstable' },
    {
      what: 'at one that has done its work',
      seconds: 3,
      states: [state({ ...down, exitCode: 0, kept: false })],
      phase: 'watched',
    },
    {
      what: 'too late, at a restart in time',
      seconds: 999,
      states: [state({ restarts: 1, startedAt: at(29) })],
      phase: 'unstable',
    },
    {
      what: 'too late, at a restart that was later',
      seconds: 999,
      states: [state({ restarts: 1, startedAt: at(31) })],
      phase: 'stable',
    },
    {
      what: 'too late, at several',
      seconds: 999,
      states: [state({ restarts: 2, startedAt: at(900) })],
      phase: 'unstable',
    },
    {
      what: 'too late, at an end that nobody knows the time of',
      seconds: 999,
      states: [state(down)],
      phase: 'stable',
    },
    {
      what: 'after a reboot, which is no restart',
      seconds: 20,
      states: [state({ startedAt: at(10) })],
      phase: 'watched',
    },
    { what: 'at nothing that is left', seconds: 30, states: [], phase: 'stable' },
  ] as const)('$what says $phase', ({ seconds, states, phase }) => {
    const record = { phase: 'watched' as const, since: at(0) };
    expect(judgeStability(record, states, switched + seconds * 1000)).toBe(phase);
  });

  it('changes nothing that is known', () => {
    const record = { phase: 'stable' as const, since: at(0) };
    expect(judgeStability(record, [state({ restarts: 9 })], switched)).toBe('stable');
  });
});

it.each([
  { what: 'never watched', phases: [], unstable: false },
  { what: 'still watched', phases: ['watched'], unstable: false },
  { what: 'that did not stay', phases: ['unstable'], unstable: true },
  { what: 'that stayed the next time', phases: ['unstable', 'stable'], unstable: false },
  { what: 'that is watched anew', phases: ['stable', 'unstable', 'watched'], unstable: true },
] as const)('instances $what: unstable is $unstable', ({ phases, unstable }) => {
  const records = phases.map(
    (phase, index): Stability => ({
      site: app,
      release: index + 1,
      deploy: 'd',
      spec: 's',
      since: at(0),
      phase,
    }),
  );
  const others = [{ ...records[0], spec: 'other', phase: 'unstable', release: 99 } as Stability];
  expect(isUnstable([...others, ...records], { spec: 's' })).toBe(unstable);
});

describe('a release', () => {
  let world: TestEngine;
  let clock: QuickClock;
  beforeEach(() => {
    clock = quickClock();
    world = testEngine({ clock });
  });
  afterEach(() => world.dispose());

  const deploy = (content: string) => world.engine.deploy([push(app, { content })], world.operation());
  const crash = async () => {
    for (const instance of await world.engine.instances(app)) await world.roles.runtime.crash(instance);
  };
  const unstable = async () =>
    (await world.engine.releases(app)).filter((one) => one.unstable).map(({ number }) => number);
  /** What is in the store, whoever looks at it. */
  const stored = async () =>
    (await world.roles.store.list('octohost-state/stability/app/')).map(
      ({ value }) => (JSON.parse(value) as Stability).phase,
    );

  it('whose instance ends and comes back is unstable, and recorded by whoever watches', async () => {
    await deploy('1');
    expect(await stored()).toEqual(['watched']);
    await crash();
    expect((await world.engine.status(app)).unstable).toBe(true);
    expect(await stored()).toEqual(['watched']);
    await world.engine.watchReleases([app], world.operation());
    expect(await stored()).toEqual(['unstable']);
    expect(await unstable()).toEqual([1]);
  });

  it('whose instances stay is not; the watch waits for its time, and no longer', async () => {
    await deploy('1');
    const began = clock.now();
    await world.engine.watchReleases([app], world.operation());
    expect(clock.now() - began).toBeGreaterThanOrEqual(29_000);
    expect(await stored()).toEqual(['stable']);
    await crash();
    expect((await world.engine.status(app)).unstable).toBe(false);
    expect(await unstable()).toEqual([]);
  });

  it.each([
    { who: 'converge', look: () => world.engine.converge([app], world.operation()) },
    { who: 'the next deploy', look: () => deploy('2') },
  ])('that nobody watched is recorded by $who', async ({ look }) => {
    await deploy('1');
    await crash();
    await look();
    expect((await stored())[0]).toBe('unstable');
    expect(await unstable()).toEqual([1]);
  });

  it('is not held up by its watch: it ends when another one is current', async () => {
    await deploy('1');
    const watching = world.engine.watchReleases([app], world.operation());
    await deploy('2');
    await watching;
    expect((await stored()).length).toBe(2);
  });

  it('that starts nothing has nothing to be watched, and goes by its instances', async () => {
    await deploy('1');
    await crash();
    const change = { reason: 'domains', domains: ['www.shop.org' as never] } as const;
    const { started } = await world.engine.change(app, change, world.operation());
    expect(started).toBe(0);
    expect(await stored()).toEqual(['unstable']);
    expect(await unstable()).toEqual([1, 2]);
    await deploy('2');
    expect(await unstable()).toEqual([1, 2]);
  });

  it('that was taken back was never watched', async () => {
    await deploy('1');
    world.roles.router.faults.once('apply', new Error('no'));
    await expect(deploy('2')).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    expect(await stored()).toHaveLength(1);
  });

  it('leaves no record when its site is removed', async () => {
    await deploy('1');
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(await stored()).toEqual([]);
  });

  it('that is replaced while somebody looks is none the worse', async () => {
    await deploy('1');
    const [old] = await world.engine.instances(app);
    world.roles.runtime.faults.once('inspect', async () => {
      await world.another().engine.deploy([push(app, { content: '2' })], world.operation());
      // Ended by us, as it looks to whoever does not know that.
      if (old) world.roles.runtime.faults.clear();
      if (old) await world.roles.runtime.crash(old);
    });
    await world.engine.watchReleases([app], world.operation());
    expect((await stored())[0]).toBe('watched');
  });
});
