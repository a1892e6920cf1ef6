/** Lost leases, half-done switches, broken records: what serves goes on serving, and one converge makes it whole. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import type { StoreOperation } from '../../core/roles.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryPublisher } from '../testing/memory-publisher.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
const leaseOfApp = 'octohost-state/leases/site/app';
let world: TestEngine;

beforeEach(async () => {
  world = testEngine();
  await deploy('1');
});
afterEach(() => world.dispose());

const deploy = (content: string, site = app) =>
  world.engine.deploy([push(site, { content })], world.operation());
const running = async (site = app) => (await world.roles.runtime.list(site)).map(({ release }) => release);
const converge = () => world.engine.converge(undefined, world.operation());
const answer = (site = app) => world.roles.router.request(`${site}.example.com`);
const write = (key: string, value: string) => world.roles.store.transact([{ kind: 'set', key, value }]);
/** Somebody else takes the lease of app, as after a process was held up for too long. */
const steal = () => write(leaseOfApp, JSON.stringify({ number: 99, holder: null }));

describe('instances that retire', () => {
  it('are not ended between the pointer and the routes of the deploy that retires them', async () => {
    let ending: Promise<void> | undefined;
    world.roles.router.faults.once('apply', async () => {
      ending = world.another().engine.finishRetiring([app], world.operation());
      await new Promise((resolve) => setTimeout(resolve, 100));
      throw new Error('the routes cannot be applied');
    });
    await expect(deploy('2')).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    await ending;
    expect(await running()).toEqual([1]);
    expect(await answer()).toMatchObject({ status: 200 });
  });

  it('that somebody ended meanwhile do not make a deploy fail', async () => {
    await deploy('2');
    const raced = world.roles.store.faults.on('transact', async (operations: readonly StoreOperation[]) => {
      if (!operations.some(({ key, kind }) => key === 'octohost-state/retiring/app' && kind === 'set'))
        return;
      raced();
      await world.another().engine.finishRetiring([], world.operation());
      await world.roles.store.transact([{ kind: 'delete', key: 'octohost-state/retiring/app' }]);
    });
    await deploy('3');
    expect((await world.engine.current(app))?.number).toBe(3);
  });

  it('stay marked when the wait for them is interrupted', async () => {
    await deploy('2');
    const release = world.roles.router.hold();
    await deploy('3');
    const stop = new AbortController();
    const ending = world.engine.finishRetiring([app], world.operation({ signal: stop.signal }));
    await expect.poll(() => world.roles.router.calls.some(({ method }) => method === 'drained')).toBe(true);
    stop.abort();
    await expect(ending).rejects.toThrow();
    expect((await running()).length).toBe(3);
    release();
    await converge();
    expect(await running()).toEqual([3]);
  });
});

describe('a deploy that lost its lease', () => {
  it('after the pointer neither moves it back nor ends what is current', async () => {
    world.roles.router.faults.once('apply', async () => {
      await steal();
      throw new Error('held up');
    });
    await expect(deploy('2')).rejects.toThrow();
    expect((await world.engine.current(app))?.number).toBe(2);
    expect(await running()).toContain(2);
    await converge();
    expect(await running()).toEqual([2]);
    expect(await answer()).toMatchObject({ status: 200 });
  });

  it('before the pointer touches nothing any more: somebody may have made use of what it started', async () => {
    world.roles.registrar.faults.once('register', steal);
    await expect(deploy('2')).rejects.toThrow();
    expect((await world.engine.current(app))?.number).toBe(1);
    expect(await running()).toHaveLength(2);
    await converge();
    expect(await running()).toEqual([1]);
    expect((await converge()).actions).toEqual([]);
  });
});

describe('a process that was held up', () => {
  it('just before it puts old routes in force, puts the right ones in force at once', async () => {
    world.roles.router.faults.once('apply', async () => {
      await write('octohost-state/leases/router/test', JSON.stringify({ number: 99, holder: null }));
      await world.another().engine.deploy([push(other)], world.operation());
    });
    await deploy('2');
    expect([await answer(app), await answer(other)]).toMatchObject([
      { status: 200, body: 'app release 2\n' },
      { status: 200, body: 'other release 1\n' },
    ]);
    const { generations } = world.roles.router;
    expect(generations.at(-1)).toBe(generations.at(-3));
  });

  it('after its pointer moves no tag in the registry behind the one who took over', async () => {
    await world.dispose();
    world = testEngine({ publisher: memoryPublisher() });
    await deploy('1');
    const published = () => world.roles.publisher.calls.length;
    const before = published();
    world.roles.router.faults.once('apply', steal);
    await deploy('2');
    expect(published()).toBe(before);
    expect(world.told).toContainEqual(
      expect.stringMatching(/current, not published: The lease on site\/app/),
    );
    await converge();
    expect(published()).toBe(before + 1);
  });
});

describe('a switch that cannot be undone', () => {
  it('leaves the new release current and alive, and converge completes it', async () => {
    world.roles.router.faults.once('apply', new Error('no'));
    const broken = world.roles.store.faults.on('transact', (operations: readonly StoreOperation[]) => {
      if (operations.some((one) => one.kind === 'set' && one.value.startsWith('back from')))
        throw new Error('disk full');
    });
    await expect(deploy('2')).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    broken();
    expect(world.told).toContainEqual(expect.stringContaining('is current all the same'));
    expect(await running()).toEqual(expect.arrayContaining([1, 2]));
    await converge();
    expect(await running()).toEqual([2]);
    expect(await answer()).toMatchObject({ status: 200 });
  });
});

describe('an instance that never proved itself', () => {
  it('is not taken for a good one by the next converge', async () => {
    await world.engine.setSettings(app, { OCTO_CHECK_TIMEOUT: '1' } as never);
    await deploy('2');
    await converge();
    for (const instance of await world.roles.runtime.list(app)) await world.roles.runtime.vanish(instance);
    world.roles.runtime.behave({ kind: 'silent' });
    for (const _ of ['once', 'twice']) {
      expect((await converge()).problems).toEqual([
        { site: 'app', error: expect.objectContaining({ code: 'E_CHECK_SILENT' }) },
      ]);
      expect(await world.engine.status(app)).toMatchObject({ state: 'down', running: 0 });
    }
  });
});

describe('another port for HTTP', () => {
  it('is another instance, checked at that port, and the only one that is routed', async () => {
    const both = push(app, { Dockerfile: 'FROM scratch\nEXPOSE 8080\nEXPOSE 9090\n' });
    await world.engine.deploy([both], world.operation());
    const settings = { OCTO_PORT: '9090' };
    await world.engine.change(app, { reason: 'configuration', settings }, world.operation());
    expect(await running()).toEqual([1, 2, 3]);
    expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(1);
  });
});

describe('a broken record', () => {
  it('of one site stops no other, and is told', async () => {
    await write('octohost-state/sites/broken', '{');
    await deploy('2');
    await deploy('1', other);
    expect((await converge()).problems).toEqual([
      { site: 'broken', error: expect.objectContaining({ code: 'E_STATE' }) },
    ]);
  });

  it('that is gone is not taken for a site that wants nothing', async () => {
    await world.roles.store.transact([{ kind: 'delete', key: 'octohost-state/releases/app/00000001' }]);
    expect((await converge()).problems).toEqual([
      { site: 'app', error: expect.objectContaining({ code: 'E_STATE' }) },
    ]);
    expect(await running()).toEqual([1]);
  });
});

describe('one site that fails', () => {
  it('in converge does not keep the others from being converged', async () => {
    await deploy('1', other);
    await deploy('2');
    await deploy('2', other);
    world.roles.runtime.faults.on('stop', (instance) => {
      if (instance.site === app) throw new Error('stuck');
    });
    const { actions, problems } = await converge();
    expect(problems.map(({ site }) => site)).toEqual(['app']);
    expect(actions).toContainEqual({ site: 'other', did: expect.stringMatching(/^stopped/) });
  });

  it('in a tap on its route is routed as it is, and so are the others', async () => {
    await world.dispose();
    world = testEngine({
      more: [
        {
          name: 'picky',
          setup: ({ hooks }) =>
            hooks.modifyRoute.tap('x', ({ site }) => {
              if (site === other) throw new Error('not this one');
            }),
        },
      ],
    });
    await deploy('1');
    await deploy('1', other);
    expect([await answer(app), await answer(other)]).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(world.told).toContainEqual(
      expect.stringMatching(/routes of other are not modified.*not this one/),
    );
  });
});

it('two sites of one push cannot claim one domain', async () => {
  const both = [app, other].map((site) => push(site, { CNAME: 'shop.org' }));
  await expect(world.engine.deploy(both, world.operation())).rejects.toMatchObject({
    code: 'E_DOMAIN_TAKEN',
  });
  expect((await world.engine.current(app))?.number).toBe(1);
});

it('a site with many releases is removed in transactions that every store takes', async () => {
  const { store } = world.roles;
  const releases = 'octohost-state/releases/app/';
  const first = (await store.get(`${releases}00000001`))?.value ?? '';
  for (let number = 2; number <= 150; number++)
    await write(`${releases}${String(number).padStart(8, '0')}`, first);
  store.calls.splice(0);
  await world.engine.remove(app, { volumes: false }, world.operation());
  const sizes = store.calls
    .filter(({ method }) => method === 'transact')
    .map(({ arguments: [all] }) => (all as unknown[]).length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(60);
  expect(await store.list(releases)).toEqual([]);
});

it('converge of a site that nobody knows says so', async () => {
  await expect(world.engine.converge([parseSiteName('nobody')], world.operation())).rejects.toMatchObject({
    code: 'E_SITE_UNKNOWN',
  });
});
