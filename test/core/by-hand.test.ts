/** Services that a site was given by hand: routed with it, and touched by nothing but their own commands. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByHandChange } from '../../core/engine-interface.ts';
import { parseIpAddress, parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const address = parseIpAddress('10.0.0.5');
const service = { address, port: 80, tags: ['http'] };

let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const change = (wanted: ByHandChange) => world.engine.changeByHand(app, wanted, world.operation());
const give = (more: Partial<typeof service> = {}) => change({ set: { ...service, ...more } });
const deploy = (files = {}) => world.engine.deploy([push(app, files)], world.operation());
const upstreams = () => world.roles.router.upstreamsOf('app.example.com');
const own = () => upstreams()?.filter((one) => one.startsWith('127.')).length;
const given = () => upstreams()?.filter((one) => !one.startsWith('127.'));
const catalog = async () =>
  (await world.engine.services(app)).map(({ kind, id, tags }) => `${kind} ${id} ${tags.join()}`);
const byHandInCatalog = async () => (await catalog()).filter((one) => one.startsWith('by-hand'));
const converged = async () => {
  const { actions, problems } = await world.engine.converge(undefined, world.operation());
  expect(problems).toEqual([]);
  return actions.map(({ did }) => did);
};

describe('a service that was given by hand', () => {
  it('is in the catalog with who gave it and since when, and routed at once beside the instances', async () => {
    await deploy();
    const { services, unrouted } = await give();
    expect(unrouted).toBeUndefined();
    expect(services).toEqual([
      {
        kind: 'by-hand',
        id: 'app-10.0.0.5-80',
        site: 'app',
        address: '10.0.0.5',
        port: 80,
        tags: ['http'],
        check: { http: 'http://10.0.0.5:80', interval: '15s' },
        actor: 'me',
        since: expect.stringMatching(/^\d{4}-/),
      },
    ]);
    expect(await byHandInCatalog()).toEqual(['by-hand app-10.0.0.5-80 http']);
    expect(own()).toBe(1);
    expect(given()).toEqual(['10.0.0.5:80']);
  });

  it('survives a deploy, a scale, the end of old instances and a stop, and is left alone by converge', async () => {
    await deploy();
    await give();
    await deploy({ a: '2' });
    await world.engine.change(app, { reason: 'scale', settings: { CONTAINERS: '2' } }, world.operation());
    await world.engine.finishRetiring([app], world.operation());
    expect([own(), given()]).toEqual([2, ['10.0.0.5:80']]);
    expect(await converged()).toEqual([]);
    await world.engine.stop(app, world.operation());
    expect(upstreams()).toEqual([]);
    expect(await byHandInCatalog()).toHaveLength(1);
    expect(await converged()).toEqual([]);
    await world.engine.change(app, { reason: 'start' }, world.operation());
    expect([own(), given()]).toEqual([2, ['10.0.0.5:80']]);
  });

  it('is all that is routed where every instance is critical', async () => {
    await deploy();
    await give();
    for (const entry of await world.engine.services(app))
      if (entry.kind === 'instance') world.roles.registrar.setHealth(entry.id, 'critical');
    await give({ port: 81 });
    expect(upstreams()).toEqual(['10.0.0.5:80', '10.0.0.5:81']);
  });

  it('of a site without a release is in the catalog, and routed with the first one', async () => {
    expect(await give()).toMatchObject({ unrouted: 'the site has no release' });
    expect(await byHandInCatalog()).toHaveLength(1);
    expect(world.roles.router.calls.map(({ method }) => method)).toEqual([]);
    await deploy();
    expect(given()).toEqual(['10.0.0.5:80']);
  });

  it.each([
    { what: 'stopped', make: () => world.engine.stop(app, world.operation()), why: 'the site is stopped' },
    {
      what: 'without an address',
      make: () =>
        world.engine.change(
          app,
          { reason: 'configuration', settings: { NO_HTTP_PROXY: '1' } },
          world.operation(),
        ),
      why: 'the site has no domain',
    },
  ])('of a site that is $what is not routed, and says so', async ({ make, why }) => {
    await deploy();
    await make();
    expect(await give()).toMatchObject({ unrouted: why });
  });

  it('without the tag http is not routed, and is as soon as it gets the tag', async () => {
    await deploy();
    expect(await give({ tags: ['db'] })).toMatchObject({
      unrouted: 'it has not the tag http',
      services: [expect.not.objectContaining({ check: expect.anything() })],
    });
    expect(given()).toEqual([]);
    await give();
    expect(given()).toEqual(['10.0.0.5:80']);
    expect(await byHandInCatalog()).toEqual(['by-hand app-10.0.0.5-80 http']);
    await give({ tags: ['db'] });
    expect(given()).toEqual([]);
  });

  it('has the tag http where none is named', async () => {
    expect((await give({ tags: [] })).services[0]?.tags).toEqual(['http']);
  });

  it('goes when it is taken away, alone or with all others, and the instances stay', async () => {
    await deploy();
    for (const port of [80, 81, 82]) await give({ port });
    const { services } = await change({ remove: { address, port: 81 } });
    expect(services.map(({ id }) => id)).toEqual(['app-10.0.0.5-81']);
    expect([own(), given()]).toEqual([1, ['10.0.0.5:80', '10.0.0.5:82']]);
    await change({ remove: 'all' });
    expect([own(), given()]).toEqual([1, []]);
    expect(await byHandInCatalog()).toEqual([]);
    expect(await converged()).toEqual([]);
    expect((await change({ remove: 'all' })).services).toEqual([]);
  });

  it('that was the last to answer is taken away with a warning', async () => {
    await deploy();
    await give();
    for (const { kind, id } of await world.engine.services(app))
      if (kind === 'instance') await world.roles.registrar.deregister(id);
    for (const instance of await world.roles.runtime.list(app)) await world.roles.runtime.vanish(instance);
    await change({ remove: 'all' });
    expect(world.told.at(-1)).toContain('nobody answers for it any more; octo converge app');
    await converged();
    expect(own()).toBe(1);
  });

  it('goes with its site', async () => {
    await deploy();
    await give();
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(await catalog()).toEqual([]);
    expect(Object.keys(world.roles.store.dump()).filter((key) => key.includes('services'))).toEqual([]);
    expect(await converged()).toEqual([]);
  });

  it('that is not there cannot be taken away, nor can the service of an instance', async () => {
    await deploy();
    const [entry] = await world.engine.services(app);
    const instance = { address: parseIpAddress(entry?.address ?? ''), port: entry?.port ?? 0 };
    for (const gone of [{ address, port: 80 }, instance])
      await expect(change({ remove: gone })).rejects.toMatchObject({ code: 'E_SERVICE_UNKNOWN' });
    expect(own()).toBe(1);
  });

  it.each([
    {
      what: 'a port that octohost gives to instances',
      set: { ...service, address: parseIpAddress('127.0.0.1'), port: 20_000 },
      code: 'E_SERVICE_OURS',
    },
    {
      what: 'too many tags',
      set: { ...service, tags: Array.from({ length: 21 }, (_, n) => `t${n}`) },
      code: 'E_SERVICE_TAGS',
    },
    { what: 'a tag too long', set: { ...service, tags: ['x'.repeat(101)] }, code: 'E_SERVICE_TAGS' },
  ])('with $what is refused', async ({ set, code }) => {
    await expect(change({ set })).rejects.toMatchObject({ code });
    expect(world.roles.registrar.calls.filter(({ method }) => method === 'register')).toEqual([]);
  });

  it('waits for a deploy of its site, and lets others know for whom they wait', async () => {
    await deploy();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.roles.builder.faults.once('build', () => promise);
    const deploying = deploy({ a: '2' });
    const giving = give();
    await expect.poll(() => world.told).toContainEqual(expect.stringContaining('waiting for deploy of app'));
    expect(given()).toEqual([]);
    resolve();
    await Promise.all([deploying, giving]);
    expect(given()).toEqual(['10.0.0.5:80']);
  });
});

describe('a change of services by hand', () => {
  const picture = async () => ({
    catalog: await catalog(),
    upstreams: upstreams(),
    record: Object.entries(world.roles.store.dump()).filter(([key]) => key.includes('/services/')),
  });
  const broken = new Error('no');

  describe.each([
    { what: 'giving', make: () => give({ port: 81 }) },
    { what: 'changing tags', make: () => give({ tags: ['db'] }) },
    { what: 'taking away', make: () => change({ remove: { address, port: 80 } }) },
  ])('$what', ({ make }) => {
    it.each([
      {
        when: 'the router cannot test the routes',
        arm: () => world.roles.router.faults.once('prepare', broken),
      },
      { when: 'the router refuses the site', arm: () => world.roles.router.refuse('app', broken) },
      { when: 'the routes cannot be applied', arm: () => world.roles.router.faults.once('apply', broken) },
    ])('leaves all as it was when $when', async ({ arm }) => {
      await deploy();
      await give();
      const before = await picture();
      arm();
      await expect(make()).rejects.toThrow();
      world.roles.router.refuse('app', undefined);
      expect(await picture()).toEqual(before);
      expect(await converged()).toEqual([]);
    });
  });

  it('leaves all as it was when the catalog cannot be written', async () => {
    await deploy();
    const before = await picture();
    world.roles.registrar.faults.once('register', broken);
    await expect(give()).rejects.toThrow('no');
    expect(await picture()).toEqual(before);
  });

  it('that is done stands where the catalog keeps what was taken away; converge takes it out', async () => {
    await deploy();
    await give();
    world.roles.registrar.faults.once('deregister', broken);
    await change({ remove: 'all' });
    expect(world.told).toContainEqual(expect.stringContaining('the catalog still has what was taken away'));
    expect(given()).toEqual([]);
    expect(await converged()).toEqual(['deregistered app-10.0.0.5-80']);
  });

  it('that lost its lease writes neither the list nor the catalog', async () => {
    await deploy();
    world.roles.router.faults.once('prepare', async () => {
      const key = 'octohost-state/leases/site/app';
      const value = JSON.stringify({ number: 99, holder: null });
      await world.roles.store.transact([{ kind: 'set', key, value }]);
    });
    await expect(give()).rejects.toMatchObject({ code: expect.stringMatching(/E_CONFLICT|E_LEASE_LOST/) });
    expect((await picture()).record).toEqual([]);
    expect(given()).toEqual([]);
    expect(await converged()).toEqual(['deregistered app-10.0.0.5-80']);
  });
});
