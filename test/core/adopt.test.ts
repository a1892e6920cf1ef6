/** Sites of the original octohost, taken over: nothing is started, and what comes later is as for any site. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adoptedSettings, instanceOf } from '../../core/adopt.ts';
import type { Foreign } from '../../core/engine-interface.ts';
import { parseSiteName } from '../../core/grammar.ts';
import type { Instance, StartRequest } from '../../core/index.ts';
import { keys } from '../../core/keys.ts';
import { freePort } from '../contracts/free-port.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const worker = parseSiteName('app_redis');
const image = { id: 'sha256:old', ports: [{ port: 8080, protocol: 'tcp' as const }], volumes: [] };

let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

async function old(name: string, more: Partial<Foreign> & { site?: string } = {}): Promise<Foreign> {
  const { site = 'app', environment = {}, ...facts } = more;
  return world.roles.runtime.stranger({
    name,
    image,
    bindings: [{ port: 8080, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: await freePort() }],
    ...facts,
    environment: { CONTAINER_NAME: site, ...environment },
  });
}

type Old = ReadonlyMap<string, Record<string, string>>;
const adoptable = (stored: Old = new Map()) => world.engine.adoptable(stored as never);
async function adoptAll(stored: Old = new Map()) {
  const { sites } = await adoptable(stored);
  for (const one of sites) await world.engine.adopt(one, stored.get(one.site) ?? {}, world.operation());
}

const starts = () => world.roles.runtime.calls.filter(({ method }) => method === 'start').length;
const routeOf = (site: string) => world.roles.router.inForce().find((one) => one.site === site);

describe('a site of the original', () => {
  it('becomes a release, is routed, and its container runs on', async () => {
    const container = await old('distracted_wing', { environment: { GREETING: 'hello' } });
    await adoptAll();
    expect(starts()).toBe(0);
    expect(await world.engine.current(app)).toMatchObject({
      number: 1,
      reason: 'adopt',
      image: { id: 'sha256:old' },
      domains: ['app.example.com'],
    });
    expect(await world.engine.instances(app)).toMatchObject([{ id: container.id, name: 'distracted_wing' }]);
    expect(await world.engine.settings(app)).toMatchObject({ GREETING: 'hello' });
    expect(await world.engine.status(app)).toMatchObject({ state: 'up', running: 1, changed: false });
    const [binding] = container.bindings;
    expect((await world.engine.services(app)).map(({ port }) => port)).toEqual([binding?.hostPort]);
    expect(routeOf('app')).toMatchObject({
      upstreams: [{ address: '127.0.0.1', port: binding?.hostPort }],
    });
  });

  it('is left as it is by converge, and by a second time', async () => {
    await old('one');
    await adoptAll();
    const before = world.roles.store.dump();
    expect(await world.engine.converge(undefined, world.operation())).toEqual({ actions: [], problems: [] });
    expect(starts()).toBe(0);
    await expect(adoptAll()).rejects.toMatchObject({ code: 'E_ADOPT_RELEASED' });
    expect(world.roles.store.dump()[keys.pointer(app)]).toBe(before[keys.pointer(app)]);
  });

  it('gets other instances by its next deploy, in the usual way', async () => {
    const container = await old('one');
    await adoptAll();
    await world.engine.deploy([push(app)], world.operation());
    await world.engine.finishRetiring([app], world.operation());
    const instances = await world.engine.instances(app);
    expect(instances).toHaveLength(1);
    expect(instances[0]?.id).not.toBe(container.id);
    expect(await world.roles.runtime.list(app)).toHaveLength(1);
    expect(world.roles.store.dump()).not.toHaveProperty([keys.adopted(app)]);
  });

  it('gets new instances by a change of its configuration, with all that it had', async () => {
    await old('one', { environment: { A: '1' }, memoryLimit: 64 * 1024 * 1024, hostname: 'www.example.org' });
    await adoptAll();
    await world.engine.change(app, { reason: 'configuration', settings: { B: '2' } }, world.operation());
    expect(starts()).toBe(1);
    expect(await world.engine.current(app)).toMatchObject({
      run: { hostname: 'www.example.org', memoryLimit: 64 * 1024 * 1024 },
      image: { id: 'sha256:old' },
    });
    expect(await world.engine.settings(app)).toMatchObject({ A: '1', B: '2' });
  });

  it('takes what the original stored before what its container was given', async () => {
    await old('one', { environment: { A: 'from the container', B: 'only there' } });
    await adoptAll(
      new Map([
        [
          'app',
          { A: 'stored: with: colons', DOMAINS: 'app.example.com www.example.org', NGINX_ALT: '/a/path' },
        ],
      ]),
    );
    expect(await world.engine.settings(app)).toMatchObject({ A: 'stored: with: colons', B: 'only there' });
    expect(await world.engine.domains(app)).toEqual([
      { domain: 'app.example.com', origin: 'default' },
      { domain: 'www.example.org', origin: 'domains:set' },
    ]);
    expect(world.told.join('\n')).toContain('the setting NGINX_ALT is left out');
  });

  it('has as many instances as it wants, of the newest image', async () => {
    const one = await old('one');
    const two = await old('two');
    await old('before', { image: { ...image, id: 'sha256:older' }, startedAt: '2014-01-01T00:00:00Z' });
    const found = await adoptable(new Map([['app', { CONTAINERS: '1' }]]));
    expect(found.sites[0]?.containers.map(({ id }) => id)).toEqual([two.id]);
    expect(found.left.map(({ container }) => container).toSorted()).toEqual(['before', 'one']);
    await adoptAll();
    expect((await world.engine.instances(app)).map(({ id }) => id).toSorted()).toEqual(
      [one.id, two.id].toSorted(),
    );
    expect((await world.engine.current(app))?.count).toBe(2);
  });

  it('brings along what it has of others, and the rule that it needs', async () => {
    const redis = await old('app_redis', { site: 'app_redis', bindings: [] });
    await old('one', {
      host: { Links: ['/app_redis:/one/redis'], Binds: ['/srv/app:/data:ro'] },
    });
    const { sites } = await adoptable();
    expect(sites.map(({ site }) => site)).toEqual([worker, app]);
    expect(sites[1]?.lacks).toMatchObject({ sites: 'app', mounts: ['/srv/app'] });
    await adoptAll();
    expect(await world.engine.current(app)).toMatchObject({
      run: {
        links: [{ site: worker, instance: redis.id, alias: 'redis' }],
        mounts: [{ source: '/srv/app', target: '/data', readOnly: true }],
      },
    });
    expect(await world.engine.current(worker)).toMatchObject({ domains: [], run: { name: 'app_redis' } });
  });

  it('brings along its rights of the host, for its next container, too', async () => {
    await old('one', {
      host: { CapAdd: ['NET_ADMIN'], Devices: [{ PathOnHost: '/dev/null' }], NetworkMode: 'host' },
      bindings: [],
      image: { ...image, ports: [] },
    });
    await adoptAll();
    const rights = {
      capabilities: ['NET_ADMIN'],
      devices: [{ source: '/dev/null', target: '/dev/null', rights: 'rwm' }],
      hostNetwork: true,
    };
    expect((await world.engine.current(app))?.run).toMatchObject(rights);
    expect(await world.engine.settings(app)).toMatchObject({ OCTO_HOST_NETWORK: 'true' });
  });

  it('that has a release already is refused, and keeps it', async () => {
    await world.engine.deploy([push(app)], world.operation());
    await old('one');
    await expect(adoptAll()).rejects.toMatchObject({ code: 'E_ADOPT_RELEASED' });
    expect(await world.engine.current(app)).toMatchObject({ number: 1, reason: 'deploy' });
  });

  it('whose routes cannot be applied stays what it was: nobody of ours, and running', async () => {
    const container = await old('one');
    world.roles.router.faults.once('apply', new Error('no nginx'));
    await expect(adoptAll()).rejects.toThrow();
    expect(await world.engine.current(app)).toBe(undefined);
    expect(await world.roles.runtime.list(app)).toEqual([]);
    const [binding] = container.bindings;
    expect(await get(binding?.hostPort ?? 0)).toBe('one of before');
    await world.engine.converge(undefined, world.operation());
    expect(await get(binding?.hostPort ?? 0)).toBe('one of before');
  });

  it('is nobody without the name that the original gave it', async () => {
    await world.roles.runtime.stranger({ name: 'postgres', image });
    expect(await adoptable()).toEqual({ sites: [], left: [] });
    await old('bad', { site: '../bad' });
    expect((await adoptable()).left).toMatchObject([{ container: 'bad' }]);
  });
});

describe('the data of a site of the original', () => {
  const data = { path: '/data', name: 'f00ba4' } as const;
  const withData = { image: { ...image, volumes: ['/data'] }, volumes: [data] };
  const dataSite = parseSiteName('app_data');
  const lastStart = () => {
    const call = world.roles.runtime.calls.findLast(({ method }) => method === 'start');
    return call?.arguments[0] as StartRequest | undefined;
  };

  it('is what every later instance has, too', async () => {
    await old('one', withData);
    await adoptAll();
    await world.engine.deploy([push(app)], world.operation());
    expect(lastStart()?.adoptedVolumes).toEqual([data]);
    await world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
    expect(lastStart()?.adoptedVolumes).toEqual([data]);
  });

  it('is what takes the place of a container that ended has, too', async () => {
    const { id } = await old('one', withData);
    await adoptAll();
    const [instance] = await world.engine.instances(app);
    await world.roles.runtime.kill(instance as Instance);
    const { problems } = await world.engine.converge(undefined, world.operation());
    expect(problems).toEqual([]);
    expect(lastStart()?.adoptedVolumes).toEqual([data]);
    expect((await world.engine.instances(app))[0]?.id).not.toBe(id);
  });

  it('in a container that had ended stays there: nothing takes its place', async () => {
    const image_ = {
      id: 'sha256:data',
      ports: [{ port: 5432, protocol: 'tcp' as const }],
      volumes: ['/data'],
    };
    const holder = await old('app_data', {
      site: 'app_data',
      image: image_,
      volumes: [data],
      running: false,
      bindings: [],
    });
    await old('app_data_newer', { site: 'app_data', image: { ...image_, id: 'sha256:newer' }, bindings: [] });
    await old('one', { volumes: [data], host: { VolumesFrom: [`${holder.id.slice(0, 12)}:rw`] } });
    await adoptAll();
    expect(await world.engine.converge(undefined, world.operation())).toEqual({ actions: [], problems: [] });
    expect(await world.engine.instances(dataSite)).toMatchObject([{ id: holder.id, complete: true }]);
    expect(await world.engine.status(dataSite)).toMatchObject({ state: 'up' });
    expect(starts()).toBe(0);
    expect(world.roles.runtime.calls.filter(({ method }) => method === 'keep')).toHaveLength(1);
    await world.engine.deploy(
      [push(app, { Dockerfile: 'FROM scratch\n# VOLUMES_FROM\nEXPOSE 8080\n' })],
      world.operation(),
    );
    expect(lastStart()).toMatchObject({ spec: { volumesFrom: [{ instance: holder.id }] } });
    expect(lastStart()).not.toHaveProperty('adoptedVolumes');
  });

  it('of a container beside the first is named, and stays where it is', async () => {
    await old('one', { ...withData, volumes: [{ path: '/data', name: 'other' }] });
    await old('two', withData);
    const [site] = (await adoptable()).sites;
    expect(site?.volumes).toEqual([data]);
    expect(site?.remarks).toEqual([
      'the data at /data of one stays in its volume other; the next release has that of two',
    ]);
  });

  it('outlives the site, is named when it goes, and is forgotten only with its volumes', async () => {
    await old('one', withData);
    await adoptAll();
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(world.told.join('\n')).toContain('the volume f00ba4 (/data)');
    await world.engine.deploy([push(app)], world.operation());
    expect(lastStart()?.adoptedVolumes).toEqual([data]);
    await world.engine.remove(app, { volumes: true }, world.operation());
    await world.engine.deploy([push(app)], world.operation());
    expect(lastStart()).not.toHaveProperty('adoptedVolumes');
  });
});

function get(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(body));
    });
    asked.on('error', reject).end();
  });
}

describe('what a container is taken over as', () => {
  it('is reached at the own address where it listens everywhere, once for IPv4 and IPv6', () => {
    const bindings = ['0.0.0.0', '::', '10.0.0.7'].map((hostAddress) => ({
      port: 80,
      protocol: 'tcp' as const,
      hostAddress,
      hostPort: 49_153,
    }));
    const release = { site: app, number: 1, deploy: 'd', spec: 's' };
    const { bindings: known } = instanceOf({ id: 'i', name: 'n', bindings } as never, release, '127.0.0.1');
    expect(known.map(({ hostAddress }) => hostAddress)).toEqual(['127.0.0.1', '10.0.0.7']);
  });

  it('keeps what is set already, and leaves out what cannot be a setting', () => {
    const { settings, refused } = adoptedSettings(
      { A: 'container', B: 'container', 'bad name': 'x' },
      { B: 'stored', MEMORY_LIMIT: 'much', DOMAINS: 'a.example.org' },
      { A: 'set' } as never,
    );
    expect(settings).toEqual({ B: 'stored' });
    expect(refused.map(({ name }) => name)).toEqual(['bad name', 'MEMORY_LIMIT']);
  });
});
