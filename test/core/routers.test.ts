/** Instances end only when the routers of other hosts lead nowhere near them. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { eventually } from '../contracts/fixture.ts';
import { type QuickClock, quickClock } from '../helpers/clock.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
let clock: QuickClock;
let world: TestEngine;

beforeEach(async () => {
  clock = quickClock();
  world = testEngine({ clock });
  await world.engine.deploy([push(app)], world.operation());
});
afterEach(() => world.dispose());

/**
 * The agent of another host, which has applied the routes up to this revision.
 * @param beat when it was last heard of @param drained ids of instances that its router has let go of
 */
async function elsewhere(
  revision: number,
  beat = clock.now(),
  drained: readonly string[] = [],
): Promise<void> {
  const holder = {
    owner: 'x',
    pid: 1,
    host: 'web2',
    since: new Date(beat).toISOString(),
    purpose: 'agent of web2',
  };
  const record = { host: 'web2', revision, out: [], drained };
  const values: Record<string, string> = {
    'octohost-state/leases/agent/web2': JSON.stringify({ number: 1, holder }),
    'octohost-state/heartbeats/agent/web2': String(beat),
    'octohost-state/agents/web2': JSON.stringify(record),
  };
  await world.roles.store.transact(
    Object.entries(values).map(([key, value]) => ({ kind: 'set' as const, key, value })),
  );
}

const redeploy = () => world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
const running = async () => (await world.roles.runtime.list(app)).length;
const warned = () => world.told.filter((line) => line.includes('the router of web2'));

it('an instance waits until the router of another host has applied the routes, and then until it let go', async () => {
  const lively = clock.now() + 1_000_000;
  const [old] = await world.roles.runtime.list(app);
  await elsewhere(0, lively);
  await redeploy();
  let ended = false;
  const ending = world.engine.finishRetiring([app], world.operation()).then(() => {
    ended = true;
  });
  const asked = () =>
    world.roles.store.calls.filter(({ arguments: [key] }) => key === 'octohost-state/agents/');
  const untilAskedAgain = async () => {
    const before = asked().length;
    await eventually('the agents to be asked again', async () => asked().length > before + 1);
  };
  await untilAskedAgain();
  expect({ ended, running: await running() }).toEqual({ ended: false, running: 2 });
  await elsewhere(1_000_000, lively);
  await untilAskedAgain();
  expect({ ended, running: await running() }).toEqual({ ended: false, running: 2 });
  await elsewhere(1_000_000, lively, [old?.id ?? '']);
  await ending;
  expect(await running()).toBe(1);
  expect(warned()).toEqual([]);
});

it('one that has the routes and never lets go is waited for as long as this host’s own', async () => {
  await elsewhere(1_000_000, clock.now() + 1_000_000);
  await redeploy();
  const began = clock.now();
  await world.engine.finishRetiring([app], world.operation());
  expect(clock.now() - began).toBeGreaterThanOrEqual(65_000);
  expect(await running()).toBe(1);
});

it('is not kept waiting for ever: half a minute, and it is said', async () => {
  await elsewhere(0, clock.now() + 1_000_000);
  await redeploy();
  await world.engine.finishRetiring([app], world.operation());
  expect(await running()).toBe(1);
  expect(warned()).toHaveLength(1);
});

it('is not kept waiting for a host whose agent is gone', async () => {
  await elsewhere(0, clock.now() - 60_000);
  await redeploy();
  await world.engine.finishRetiring([app], world.operation());
  expect(await running()).toBe(1);
  expect(warned()).toEqual([]);
});
