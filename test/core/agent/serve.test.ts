/** The agent on in-memory roles: what breaks, and that it is right again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/grammar.ts';
import type { Instance } from '../../../core/release.ts';
import { eventually } from '../../contracts/fixture.ts';
import { type Agent, agentAtWork, startAgent as start } from '../../helpers/agent.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
const domain = 'app.example.com';

const agents: Agent[] = [];
let world: TestEngine;

function startAgent(of: TestEngine = world): Agent {
  const agent = start(of);
  agents.push(agent);
  return agent;
}

const scale = (count: number) =>
  world.engine.change(app, { reason: 'scale', settings: { CONTAINERS: String(count) } }, world.operation());

const settled = () => agentAtWork(world);

async function deployed(count: number): Promise<readonly Instance[]> {
  await world.engine.deploy([push(app)], world.operation());
  if (count > 1) await scale(count);
  return world.engine.instances(app);
}

const addressOf = ({ bindings: [binding] }: Instance) => `${binding?.hostAddress}:${binding?.hostPort}`;
const routed = () => world.roles.router.upstreamsOf(domain)?.toSorted();
const untilRouted = (instances: readonly Instance[]) =>
  eventually(`routes to ${instances.map(addressOf).join(' ')}`, async () => {
    return JSON.stringify(routed()) === JSON.stringify(instances.map(addressOf).toSorted());
  });

beforeEach(() => {
  world = testEngine();
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
  await world.dispose();
});

describe('an instance', () => {
  it('is out of the route while it is paused, and back when it answers again', async () => {
    const [one, two] = (await deployed(2)) as [Instance, Instance];
    startAgent();
    await settled();
    world.roles.runtime.pause(one, true);
    await untilRouted([two]);
    expect(await world.engine.agent()).toMatchObject({
      alive: true,
      out: [{ site: 'app', why: 'it is paused' }],
    });
    world.roles.runtime.pause(one, false);
    await untilRouted([one, two]);
  });

  it('is out while its own health check fails', async () => {
    let status: 'healthy' | 'unhealthy' = 'healthy';
    world.roles.runtime.behave(({ index }) => ({
      kind: 'answers',
      health: () => ({ status: index === 1 ? status : 'healthy', lines: [] }),
    }));
    const [one, two] = (await deployed(2)) as [Instance, Instance];
    startAgent();
    await settled();
    status = 'unhealthy';
    for (const instance of [one, two]) world.roles.runtime.healthChanged(instance);
    // Both were the first of their deploy: they are all that there is, so both are led to.
    await eventually('both to be known', async () => (await world.engine.agent())?.out.length === 2);
    await untilRouted([one, two]);
    status = 'healthy';
    world.roles.runtime.healthChanged(one);
    await untilRouted([one]);
  });

  it('is out after as many bad answers to its check as its site says', async () => {
    let bad = false;
    let answered = 0;
    world.roles.runtime.behave(({ index }) => ({
      kind: 'answers',
      get status() {
        if (!bad || index !== 1) return 200;
        answered++;
        return 500;
      },
    }));
    await world.engine.deploy([push(app)], world.operation());
    const settings = { OCTO_SERVICE_FAILURES: '3', CUSTOM_CHECK_INTERVAL: '1s' };
    await world.engine.change(app, { reason: 'configuration', settings }, world.operation());
    startAgent();
    await settled();
    bad = true;
    await eventually('it to be out', async () => {
      const [out] = (await world.engine.agent())?.out ?? [];
      return out?.why === 'its check failed: answered 500';
    });
    expect(answered).toBeGreaterThanOrEqual(3);
  });

  it('is replaced where nothing brings it back, and the one that is left answers meanwhile', async () => {
    const [one, two] = (await deployed(2)) as [Instance, Instance];
    const agent = startAgent();
    await settled();
    await world.roles.runtime.kill(one);
    await eventually('another one', async () => {
      const now = await world.engine.instances(app);
      return now.length === 2 && now.every(({ id }) => id !== one.id);
    });
    await untilRouted(await world.engine.instances(app));
    expect(world.roles.runtime.calls.filter(({ method }) => method === 'start')).toHaveLength(3);
    expect(agent.said.join('\n')).toContain('app: not as it should be: 1 of 2 instances do not run');
    await eventually(
      'the dead one to be gone',
      async () => (await world.roles.runtime.list(app)).length === 2,
    );
    expect((await world.roles.runtime.list(app)).map(({ id }) => id)).toContain(two.id);
  });

  it('that the runtime brings back by itself is not replaced', async () => {
    const [one] = (await deployed(1)) as [Instance];
    startAgent();
    await settled();
    await world.roles.runtime.crash(one);
    await eventually('it to be known', async () => world.roles.router.calls.length > 0);
    await untilRouted([one]);
    expect((await world.engine.instances(app)).map(({ id }) => id)).toEqual([one.id]);
    expect(world.roles.runtime.calls.filter(({ method }) => method === 'start')).toHaveLength(1);
  });

  it('that cannot be started is tried again, with pauses that are said', async () => {
    const [one] = (await deployed(1)) as [Instance];
    const agent = startAgent();
    await settled();
    const repair = world.roles.runtime.faults.on('start', new Error('no room'));
    await world.roles.runtime.kill(one);
    await eventually('two tries', async () =>
      agent.said.some((line) => line.includes('no room') && line.includes('next try in 2 s')),
    );
    repair();
    await eventually('another one', async () => (await world.engine.instances(app)).length === 1);
  });
});

describe('fifty that end at once', () => {
  it('are one change of routes', async () => {
    const count = 50;
    await world.engine.deploy([push(app)], world.operation());
    await scale(count);
    const all = await world.engine.instances(app);
    const [last, ...dying] = all as [Instance, ...Instance[]];
    startAgent();
    await settled();
    const before = world.roles.router.generations.length;
    for (const one of dying) world.roles.runtime.pause(one, true);
    await untilRouted([last]);
    expect(world.roles.router.generations.length - before).toBeLessThanOrEqual(2);
  });
});

describe('the catalog', () => {
  it('that answers with nothing leaves the routes as they are, and gets its services back', async () => {
    const [one] = (await deployed(1)) as [Instance];
    const agent = startAgent();
    await settled();
    const register = world.roles.registrar.faults.on('register', new Error('denied'));
    for (const { id } of await world.roles.registrar.list()) await world.roles.registrar.deregister(id);
    await eventually('it to be said', async () =>
      agent.said.some((line) => line.includes('no service at all')),
    );
    expect(routed()).toEqual([addressOf(one)]);
    const { problems } = await world.engine.converge([app], world.operation());
    expect(problems).toMatchObject([{ site: 'app', error: { message: 'denied' } }]);
    expect(routed()).toEqual([addressOf(one)]);
    register();
    await eventually('the service', async () => (await world.roles.registrar.list()).length === 1);
    expect(routed()).toEqual([addressOf(one)]);
  });

  it('that cannot be read leaves the routes as they are', async () => {
    const [one] = (await deployed(1)) as [Instance];
    const agent = startAgent();
    await settled();
    const read = world.roles.registrar.faults.on('list', new Error('the catalog is away'));
    world.roles.runtime.pause(one, true);
    await eventually('it to be said', async () =>
      agent.said.some((line) => line.includes('the catalog is away')),
    );
    expect(routed()).toEqual([addressOf(one)]);
    read();
    await eventually('the pause to be known', async () => (await world.engine.agent())?.out.length === 1);
  });
});

it('starts a router again that was killed', async () => {
  await deployed(1);
  startAgent();
  await settled();
  world.roles.router.kill();
  await eventually('an answer', async () => (await world.roles.router.request(domain)).status === 200);
});

it('converges what happened while the engine could not be heard', async () => {
  const [one] = (await deployed(1)) as [Instance];
  const agent = startAgent();
  await settled();
  const away = world.roles.runtime.faults.on('watch', new Error('the engine is away'));
  world.roles.runtime.hangUp(new Error('the engine is away'));
  await eventually('it to be said', async () => agent.said.some((line) => line.includes('cannot be heard')));
  await world.roles.runtime.vanish(one);
  away();
  await eventually('another one', async () => (await world.engine.instances(app)).length === 1);
  await untilRouted(await world.engine.instances(app));
});

it('works once on a host: a second one waits, and goes on when the first has ended', async () => {
  await deployed(1);
  const first = startAgent();
  await settled();
  const second = startAgent(world.another());
  await eventually('it to wait', async () => second.said.some((line) => line.includes('this one waits')));
  await first.stop();
  await eventually('it to begin', async () => second.said.some((line) => line.includes('has begun')));
  const events = [];
  for await (const event of world.engine.events({ follow: false, count: 200 }, new AbortController().signal))
    events.push(event);
  const numbers = events.map(({ number }) => number);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(events.map(({ what }) => what).filter((what) => what.includes('has ended'))).toHaveLength(1);
});

it('counts no longer once it is gone: a deploy routes what an agent of before kept out', async () => {
  const [one, two] = (await deployed(2)) as [Instance, Instance];
  const agent = startAgent();
  await settled();
  world.roles.runtime.pause(one, true);
  await untilRouted([two]);
  await agent.stop();
  expect(await world.engine.agent()).toMatchObject({ alive: false, out: [] });
  await world.engine.converge(undefined, world.operation());
  await untilRouted([one, two]);
});

it('leaves alone what is well', async () => {
  await world.engine.deploy([push(app), push(other)], world.operation());
  startAgent();
  await settled();
  const before = world.roles.router.generations.length;
  await scale(2);
  expect(world.roles.router.generations.length - before).toBe(1);
  expect((await world.engine.converge(undefined, world.operation())).actions).toEqual([]);
});

it('says of an instance that retires when its router has let go of it, and forgets it when it has ended', async () => {
  const [one] = (await deployed(1)) as [Instance];
  startAgent();
  await settled();
  const record = async () => {
    const entry = await world.roles.store.get('octohost-state/agents/test');
    return JSON.parse(entry?.value ?? '') as { revision: number; drained: string[] };
  };
  const release = world.roles.router.hold();
  // The agent itself may be the one who ends it.
  const unstoppable = world.roles.runtime.faults.on('stop', new Error('it does not end'));
  await world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
  const revision = (await world.roles.store.get('octohost-state/routes'))?.version ?? 0;
  await eventually('the new routes', async () => (await record()).revision >= revision);
  expect((await record()).drained).toEqual([]);
  release();
  await eventually('it to let go', async () => (await record()).drained.includes(one.id));
  unstoppable();
  await world.engine.finishRetiring([app], world.operation());
  await eventually('it to forget', async () => (await record()).drained.length === 0);
});
