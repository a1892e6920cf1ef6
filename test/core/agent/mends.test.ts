/** What the agent mends, one promise of the guide each. */
import { afterEach, expect, it } from 'vitest';
import type { CurrentReleases } from '../../../core/agent/current.ts';
import type { Mender } from '../../../core/agent/mender.ts';
import type { Sights } from '../../../core/agent/sights.ts';
import { Ward } from '../../../core/agent/ward.ts';
import { parseSiteName, type SiteName } from '../../../core/grammar.ts';
import { keys } from '../../../core/keys.ts';
import { systemClock } from '../../../core/open.ts';
import type { Instance } from '../../../core/release.ts';
import type { StartRequest } from '../../../core/roles.ts';
import type { World } from '../../../core/world.ts';
import { eventually } from '../../contracts/fixture.ts';
import { type Agent, agentAtWork, appliedRevision, startAgent } from '../../helpers/agent.ts';
import { quickClock } from '../../helpers/clock.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';
import { memoryPublisher } from '../../testing/memory-publisher.ts';

const app = parseSiteName('app');
let world: TestEngine;
let agent: Agent | undefined;

afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await world.dispose();
});

const deploy = (content: string) => world.engine.deploy([push(app, { content })], world.operation());
const listed = async () => (await world.roles.runtime.list(app)).length;
const said = (words: string) => agent?.said.some((line) => line.includes(words)) ?? false;

it('what was missing before it began', async () => {
  world = testEngine();
  await deploy('1');
  for (const one of await world.engine.instances(app)) await world.roles.runtime.vanish(one);
  agent = startAgent(world);
  await eventually('another one', async () => (await world.engine.instances(app)).length === 1);
});

it('instances that whoever switched did not end', async () => {
  world = testEngine({ clock: quickClock() });
  await deploy('1');
  agent = startAgent(world);
  await agentAtWork(world);
  await deploy('2');
  expect(await listed()).toBe(2);
  await eventually('the old one to be ended', async () => (await listed()) === 1);
});

it('instances that are still there a minute and a half after they were to end', async () => {
  world = testEngine();
  let now = 0;
  const seen: (readonly string[])[] = [];
  const view = {
    pointers: [],
    catalog: [],
    byHand: [],
    maintenance: new Set<SiteName>(),
    certificates: new Map(),
  };
  await deploy('1');
  const [instance] = await world.engine.instances(app);
  const ward = new Ward(
    {
      clock: { ...systemClock, now: () => now },
      config: world.engine.config,
      state: { heldLeases: async () => [] },
    } as unknown as World,
    {
      sights: { instances: [] as readonly Instance[] } as Sights,
      mender: { note: (_: SiteName, symptoms: readonly string[]) => void seen.push(symptoms) } as Mender,
      current: { of: () => undefined } as unknown as CurrentReleases,
    },
  );
  for (now of [0, 90_000, 90_001])
    await ward.look({ ...view, retirings: [{ site: app, instances: [instance as Instance] }] });
  expect(seen).toEqual([[], [], [expect.stringMatching(/^1 instances were to end: /)]]);
});

it('instances that no release wants', async () => {
  world = testEngine();
  await deploy('1');
  agent = startAgent(world);
  await agentAtWork(world);
  const started = world.roles.runtime.calls.find(({ method }) => method === 'start');
  const request = started?.arguments[0] as StartRequest;
  await world.roles.runtime.start(
    { ...request, deploy: 'd0', bindings: [] },
    {
      signal: new AbortController().signal,
      output: () => {},
      warn: () => {},
    },
  );
  await eventually('it to be gone', async () => said('1 instances are left over') && (await listed()) === 1);
});

it('what the registry does not have', async () => {
  world = testEngine({ publisher: memoryPublisher() });
  const up = world.roles.publisher.faults.on('publish', new Error('registry down'));
  await deploy('1');
  agent = startAgent(world);
  await eventually('it to be tried', async () => said('registry down'));
  up();
  await eventually('it to be there', async () => world.roles.publisher.published.has(app));
});

it('what nobody told of, after the clock jumped', async () => {
  let ahead = 0;
  world = testEngine({ clock: { ...systemClock, now: () => Date.now() + ahead } });
  await deploy('1');
  agent = startAgent(world);
  await agentAtWork(world);
  const looks = () => world.roles.runtime.calls.filter(({ method }) => method === 'inspect').length;
  const before = looks();
  ahead = 3_600_000;
  await eventually('it to be said', async () => said('the clock jumped'));
  await eventually('everything to be looked at', async () => looks() > before);
});

it('and records which routes it has applied', async () => {
  world = testEngine();
  await deploy('1');
  agent = startAgent(world);
  await agentAtWork(world);
  const before = await appliedRevision(world);
  await deploy('2');
  await eventually('the routes of now', async () => {
    const now = (await world.roles.store.get(keys.routes))?.version;
    return now !== before && (await appliedRevision(world)) === now;
  });
});
