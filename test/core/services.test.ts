/** The catalog: what is missing in it comes back, what has nobody behind it goes, and checks that are run once. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseIpAddress, parseSiteName } from '../../core/grammar.ts';
import type { InstanceService } from '../../core/release.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const [app, other] = [parseSiteName('app'), parseSiteName('other')];
const address = parseIpAddress('10.0.0.5');

let world: TestEngine;
beforeEach(async () => {
  world = testEngine();
  await world.engine.deploy([push(app)], world.operation());
});
afterEach(() => world.dispose());

const set = (port: number, tags: readonly string[] = []) =>
  world.engine.changeByHand(app, { set: { address, port, tags } }, world.operation());
const ids = async () => (await world.engine.services(app)).map(({ id }) => id);
const starts = () => world.roles.runtime.calls.filter(({ method }) => method === 'start').length;
const upstreams = () => world.roles.router.upstreamsOf('app.example.com')?.length;
const told = ({
  actions,
  problems,
}: {
  actions: readonly { did: string }[];
  problems: readonly unknown[];
}) => {
  expect(problems).toEqual([]);
  return actions.map(({ did }) => did);
};
const emptyCatalog = async () => {
  for (const id of await ids()) await world.roles.registrar.deregister(id);
};

describe('registering services', () => {
  it('brings back what runs, and what was given by hand, and routes it; nothing is started', async () => {
    await set(80);
    const before = await ids();
    await emptyCatalog();
    const register = () => world.engine.registerServices(undefined, world.operation());
    expect(told(await register())).toEqual(before.toReversed().map((id) => `registered ${id}`));
    expect(await ids()).toEqual(before);
    expect(upstreams()).toBe(2);
    expect(starts()).toBe(1);
    expect(told(await register())).toEqual([]);
  });

  it('leaves a stopped site alone', async () => {
    await world.engine.stop(app, world.operation());
    expect(told(await world.engine.registerServices([app], world.operation()))).toEqual([]);
    expect(await ids()).toEqual([]);
  });

  it('of one site that cannot be done stops no other', async () => {
    await world.engine.deploy([push(other)], world.operation());
    await emptyCatalog();
    for (const { id } of await world.engine.services(other)) await world.roles.registrar.deregister(id);
    world.roles.registrar.faults.once('register', new Error('no'));
    const { actions, problems } = await world.engine.registerServices(undefined, world.operation());
    expect(problems).toMatchObject([{ site: 'app' }]);
    expect(actions).toMatchObject([{ site: 'other' }]);
  });

  it('of a site that is not there is refused', async () => {
    const register = world.engine.registerServices([other], world.operation());
    await expect(register).rejects.toMatchObject({ code: 'E_SITE_UNKNOWN' });
  });

  it('writes a service anew whose check the catalog does not have', async () => {
    const [entry] = await world.engine.services(app);
    const { check: _, health: _health, ...before } = entry as InstanceService & { health: string };
    await world.roles.registrar.register(before);
    await world.engine.registerServices([app], world.operation());
    expect(await world.engine.services(app)).toEqual([entry]);
  });
});

describe('PARITY bug 5: orphaned services are removed', () => {
  const orphan = (port: number): InstanceService => ({
    kind: 'instance',
    id: `app-127.0.0.1-${port}`,
    site: app,
    address: '127.0.0.1',
    port,
    tags: ['http'],
    instance: 'gone',
    deploy: 'gone',
    spec: 'gone',
  });
  const did = ['deregistered app-127.0.0.1-20500', 'deregistered app-127.0.0.1-20501'];

  it.each([
    { by: 'converge', clean: () => world.engine.converge([app], world.operation()) },
    { by: 'services:remove', clean: () => world.engine.removeOrphans([app], world.operation()) },
  ])('by $by, and nothing else is', async ({ clean }) => {
    await set(80);
    const before = await ids();
    await world.roles.registrar.register(orphan(20_500));
    await world.roles.registrar.register(orphan(20_501));
    expect(told(await clean())).toEqual(did);
    expect(await ids()).toEqual(before);
    expect(upstreams()).toBe(2);
    expect(told(await clean())).toEqual([]);
  });

  it('of a site that octohost knows no more', async () => {
    await world.roles.registrar.register({ ...orphan(20_500), id: 'other-127.0.0.1-20500', site: other });
    expect(told(await world.engine.removeOrphans([other], world.operation()))).toHaveLength(1);
    expect(await world.engine.services(other)).toEqual([]);
  });

  it('one that a crashed instance left is no longer led to', async () => {
    const [instance] = await world.roles.runtime.list(app);
    if (instance) await world.roles.runtime.vanish(instance);
    expect(upstreams()).toBe(1);
    await world.engine.removeOrphans([app], world.operation());
    expect(upstreams()).toBe(0);
  });
});

describe('the tags of a site', () => {
  const tags = async (site = app) =>
    (await world.engine.serviceTags(site)).map(({ tag, origin }) => `${tag} ${origin}`);

  it('come from the default, the setting, and what was given by hand', async () => {
    expect(await tags()).toEqual(['http default']);
    await world.engine.setSettings(app, { CONSUL_TAGS: 'http,blue' } as never);
    await set(80, ['http', 'old']);
    expect(await tags()).toEqual([
      'http setting CONSUL_TAGS',
      'blue setting CONSUL_TAGS',
      'http service:set 10.0.0.5:80',
      'old service:set 10.0.0.5:80',
    ]);
  });

  it('come from the site file of the repository where no setting says otherwise', async () => {
    const file = { '.octohost.yml': 'service:\n  tags: [http, green]\n' };
    await world.engine.deploy([push(app, file)], world.operation());
    expect(await tags()).toEqual(['http .octohost.yml line 2', 'green .octohost.yml line 2']);
    expect((await world.engine.services(app)).map((one) => one.tags)).toContainEqual(['http', 'green']);
  });

  it('of a site that has only services by hand are theirs, and of none there are none', async () => {
    await expect(tags(other)).rejects.toMatchObject({ code: 'E_SITE_UNKNOWN' });
    const wanted = { set: { address, port: 5432, tags: ['db'] } };
    await world.engine.changeByHand(other, wanted, world.operation());
    expect(await tags(other)).toEqual(['db service:set 10.0.0.5:5432']);
  });
});

describe('checking services', () => {
  let server: Server;
  /** Who waits for an answer, and how many there are before they get one. */
  const asked: (() => void)[] = [];
  let together = 1;
  beforeEach(() => {
    together = 1;
  });
  beforeAll(async () => {
    server = createServer((request, response) => {
      const [, status = '200'] = /^\/(\d+)/.exec(request.url ?? '') ?? [];
      asked.push(() => response.writeHead(Number(status), { location: '/500' }).end());
      if (asked.length >= together) for (const answer of asked.splice(0).toReversed()) answer();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server.close());
  const url = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const entry = (port: number, http?: string): InstanceService => ({
    kind: 'instance',
    id: `other-10.0.0.5-${port}`,
    site: other,
    address: '10.0.0.5',
    port,
    tags: [],
    ...(http ? { check: { http, interval: '15s' } } : {}),
    instance: 'i',
    deploy: 'd',
    spec: 's',
  });
  const check = async (site = other) =>
    (await world.engine.checkServices(site, new AbortController().signal)).map(
      ({ service, found, because }) => `${service.port} ${found}: ${because}`,
    );

  it.each([
    { http: () => url('/200'), found: 'passing: answered 200' },
    { http: () => url('/302'), found: 'passing: answered 302' },
    { http: () => url('/404'), found: 'critical: answered 404' },
    { http: () => url('/503'), found: 'critical: answered 503' },
    { http: () => 'http://127.0.0.1:1/', found: 'critical: connect ECONNREFUSED 127.0.0.1:1' },
    { http: () => undefined, found: 'unknown: it has no check' },
  ])('finds $found', async ({ http, found }) => {
    await world.roles.registrar.register(entry(1, http()));
    expect(await check()).toEqual([`1 ${found}`]);
  });

  it('asks instances at their own address, and changes nothing', async () => {
    const before = JSON.stringify([world.roles.store.dump(), await world.engine.services()]);
    expect(await check(app)).toEqual([expect.stringMatching(/^\d+ passing: answered 200$/)]);
    expect(JSON.stringify([world.roles.store.dump(), await world.engine.services()])).toBe(before);
  });

  it('asks side by side and answers in the order of the catalog', async () => {
    together = 20;
    for (let port = 100; port < 120; port++)
      await world.roles.registrar.register(entry(port, url(`/${port + 100}`)));
    expect((await check()).map((line) => Number(line.split(' ')[0]))).toEqual(
      Array.from({ length: 20 }, (_, index) => 100 + index),
    );
  });
});
