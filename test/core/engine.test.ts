import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errors } from '../../core/error-catalogue.ts';
import { parseDomain, parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const running = async (site = app) => (await world.roles.runtime.list(site)).map(({ name }) => name);
const starts = () => world.roles.runtime.calls.filter(({ method }) => method === 'start').length;
const deployFirst = async (site = app) => (await world.engine.deploy([push(site)], world.operation()))[0];

/** The whole visible world of a site, to compare before and after. */
async function picture(site = app) {
  return {
    release: (await world.engine.current(site))?.number,
    instances: await running(site),
    upstreams: world.roles.router.upstreamsOf(`${site}.example.com`),
    catalog: (await world.roles.registrar.list(site)).map(({ id }) => id),
    settings: await world.engine.settings(site),
    images: [...world.roles.builder.images.keys()],
  };
}

describe('a deploy', () => {
  it('makes a release, and the site answers at its domain', async () => {
    const outcome = await deployFirst();
    expect(outcome).toMatchObject({ release: { number: 1, count: 1 }, urls: ['http://app.example.com'] });
    expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(1);
    expect(await world.engine.settings(app)).toMatchObject({ DOMAINS: 'app.example.com' });
  });

  it('starts the new instances before the old ones end, and routes only the new ones', async () => {
    await deployFirst();
    const [old] = await running();
    await world.engine.deploy([push(app, { a: '2' })], world.operation());
    expect(await running()).toHaveLength(2);
    const [upstream] = world.roles.router.upstreamsOf('app.example.com') ?? [];
    await world.engine.finishRetiring([app], world.operation());
    const [left, ...more] = await running();
    expect(more).toEqual([]);
    expect(left).not.toBe(old);
    expect((await world.roles.registrar.list(app)).map(({ address, port }) => `${address}:${port}`)).toEqual([
      upstream,
    ]);
  });

  it('of what already runs starts nothing', async () => {
    await deployFirst();
    await world.engine.deploy([push(app)], world.operation());
    expect(starts()).toBe(1);
    expect((await world.engine.current(app))?.number).toBe(2);
  });

  it.each([
    { what: 'the build fails', arm: () => world.roles.builder.faults.on('build', new Error('no')) },
    { what: 'an instance cannot start', arm: () => world.roles.runtime.faults.on('start', new Error('no')) },
    {
      what: 'an instance exits',
      arm: () => world.roles.runtime.behave({ kind: 'exits', code: 1, stderr: ['boom'] }),
    },
    { what: 'an instance stays silent', arm: () => world.roles.runtime.behave({ kind: 'silent' }) },
    { what: 'the catalog refuses', arm: () => world.roles.registrar.faults.on('register', new Error('no')) },
    {
      what: 'the router refuses the routes',
      arm: () => world.roles.router.faults.on('prepare', new Error('no')),
    },
    {
      what: 'the routes cannot be applied',
      arm: () => world.roles.router.faults.once('apply', new Error('no')),
    },
  ])('leaves everything as it was when $what', async ({ arm }) => {
    await world.engine.setSettings(app, { OCTO_CHECK_TIMEOUT: '1' } as never);
    await deployFirst();
    const before = await picture();
    arm();
    await expect(world.engine.deploy([push(app, { a: '2' })], world.operation())).rejects.toThrow();
    world.roles.router.faults.clear();
    expect(await picture()).toEqual(before);
    expect(world.recorder.lifecycle().slice(-2)).toEqual(['failed', 'settled']);
  });

  it('that fails as the first one of a site leaves nothing', async () => {
    world.roles.router.faults.once('apply', new Error('no'));
    await expect(deployFirst()).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    expect(await picture()).toEqual({
      release: undefined,
      instances: [],
      upstreams: undefined,
      catalog: [],
      settings: {},
      images: [],
    });
    expect(await world.engine.sites()).toEqual([]);
  });

  it('that fails in a check shows the probes and the last lines of the container', async () => {
    world.roles.runtime.behave({ kind: 'exits', code: 7, stderr: ['cannot open /data'] });
    await expect(deployFirst()).rejects.toMatchObject({
      code: 'E_CHECK_DEAD',
      message: expect.stringContaining('ended with code 7'),
      details: expect.arrayContaining(['container: cannot open /data']),
    });
  });

  it('that fails in a check does not show what the configuration keeps secret', async () => {
    await world.engine.setSettings(app, { API_TOKEN: 'abcdef123456' } as never);
    world.roles.runtime.behave({ kind: 'exits', code: 1, stderr: ['using abcdef123456'] });
    const failure = await deployFirst().catch((error: unknown) => error);
    expect(failure).toMatchObject({ details: expect.arrayContaining(['container: using [hidden]']) });
    expect(JSON.stringify(failure)).not.toContain('abcdef123456');
  });

  it('without anything that builds it says so', async () => {
    const bare = push(app);
    await expect(
      world.engine.deploy([{ ...bare, source: { kind: 'image', reference: 'x' } }], world.operation()),
    ).rejects.toMatchObject({
      code: 'E_NO_BUILDER',
    });
  });

  it('tries other host ports when programs outside octohost sit on the chosen ones', async () => {
    const taken = new Set<number>();
    world.roles.runtime.faults.on('start', ({ bindings }) => {
      if (taken.size >= 2) return;
      taken.add(bindings[0]?.hostPort ?? 0);
      throw errors.E_PORT_TAKEN({ address: '127.0.0.1', port: bindings[0]?.hostPort ?? 0 });
    });
    await deployFirst();
    expect(taken.size).toBe(2);
    expect(starts()).toBe(3);
  });

  it('is refused a domain that another site has', async () => {
    await world.engine.deploy([push(other, { CNAME: 'www.shop.org\n' })], world.operation());
    await expect(
      world.engine.deploy([push(app, { CNAME: 'www.shop.org\n' })], world.operation()),
    ).rejects.toMatchObject({
      code: 'E_DOMAIN_TAKEN',
      message: expect.stringContaining('other'),
    });
  });

  it('of several sites is one: all become current, or none', async () => {
    const both = () => world.engine.deploy([push(app), push(other)], world.operation());
    world.roles.runtime.behave(({ spec }) => (spec.site === other ? { kind: 'exits', code: 1 } : undefined));
    await expect(both()).rejects.toMatchObject({ code: 'E_CHECK_DEAD', site: 'other' });
    expect(await world.engine.sites()).toEqual([]);
    expect(await running()).toEqual([]);
    world.roles.runtime.behave({ kind: 'answers' });
    const before = world.roles.router.generations.length;
    await both();
    expect(world.roles.router.generations.length).toBe(before + 1);
    expect(await world.engine.sites()).toEqual(['app', 'other']);
  });

  it.each(['build', 'start', 'register', 'prepare'] as const)(
    'that is interrupted in %s leaves nothing behind',
    async (step) => {
      await deployFirst();
      const before = await picture();
      const stop = new AbortController();
      const interrupt = () => stop.abort();
      if (step === 'build') world.roles.builder.faults.on('build', interrupt);
      if (step === 'start') world.roles.runtime.faults.after('start', interrupt);
      if (step === 'register') world.roles.registrar.faults.after('register', interrupt);
      if (step === 'prepare') world.roles.router.faults.after('prepare', interrupt);
      await expect(
        world.engine.deploy([push(app, { a: '2' })], world.operation({ signal: stop.signal })),
      ).rejects.toMatchObject({
        code: 'E_ABORTED',
        exit: 130,
      });
      expect(await picture()).toEqual(before);
    },
  );

  it('that is interrupted after the pointer moved goes on', async () => {
    const stop = new AbortController();
    world.roles.router.faults.on('apply', () => stop.abort());
    const [outcome] = await world.engine.deploy([push(app)], world.operation({ signal: stop.signal }));
    expect(outcome?.release.number).toBe(1);
  });

  it('waits for another one of the same site, and says for whom', async () => {
    const waits: string[] = [];
    const reporter = {
      ...world.operation().reporter,
      output: (_: unknown, line: string) => void waits.push(line),
    };
    const { promise, resolve } = Promise.withResolvers<void>();
    world.roles.builder.faults.once('build', () => promise);
    const first = world.engine.deploy([push(app)], world.operation());
    await expect.poll(() => world.recorder.lifecycle()).toContain('received');
    const second = world.another().engine.deploy([push(app, { a: '2' })], world.operation({ reporter }));
    const wait = /^waiting for deploy of app \(process \d+ on test/;
    await expect.poll(() => waits).toContainEqual(expect.stringMatching(wait));
    resolve();
    await Promise.all([first, second]);
    expect((await world.engine.releases(app)).map(({ number }) => number)).toEqual([1, 2]);
  });
});

it('is warmed up although a router cannot render no routes', async () => {
  world.roles.router.render = () => {
    throw new Error('no routes');
  };
  await expect(world.engine.warmUp(app)).resolves.toBeUndefined();
});

describe('a change', () => {
  it('of the count keeps what runs and starts or ends the rest', async () => {
    await deployFirst();
    const [first] = await running();
    await world.engine.change(app, { reason: 'scale', settings: { CONTAINERS: '3' } }, world.operation());
    expect(await running()).toHaveLength(3);
    expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(3);
    await world.engine.change(app, { reason: 'scale', settings: { CONTAINERS: '1' } }, world.operation());
    await world.engine.finishRetiring([app], world.operation());
    expect(await running()).toEqual([first]);
    expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(1);
  });

  it('of the configuration is a release with new instances', async () => {
    await deployFirst();
    const outcome = await world.engine.change(
      app,
      { reason: 'configuration', settings: { COLOUR: 'red' } },
      world.operation(),
    );
    expect(outcome).toMatchObject({ release: { number: 2, reason: 'configuration' }, retiring: 1 });
    expect(await world.engine.settings(app)).toMatchObject({ COLOUR: 'red' });
  });

  it('of the configuration that the application does not bear is not kept', async () => {
    await deployFirst();
    const before = await picture();
    world.roles.runtime.behave(({ spec }) =>
      spec.environment['COLOUR'] ? { kind: 'exits', code: 1 } : undefined,
    );
    await expect(
      world.engine.change(app, { reason: 'configuration', settings: { COLOUR: 'red' } }, world.operation()),
    ).rejects.toThrow();
    expect(await picture()).toEqual(before);
  });

  it('of domains starts nothing, and gives up those that are gone', async () => {
    await deployFirst();
    const set = (...names: string[]) =>
      world.engine.change(
        app,
        { reason: 'domains', domains: names.map((name) => parseDomain(name)) },
        world.operation(),
      );
    await set('a.org', 'b.org');
    expect(world.roles.router.upstreamsOf('b.org')).toHaveLength(1);
    await set('a.org');
    expect(starts()).toBe(1);
    expect(world.roles.router.upstreamsOf('b.org')).toBeUndefined();
    await world.engine.deploy([push(other, { CNAME: 'b.org' })], world.operation());
    expect(await world.engine.domains(app)).toEqual([
      { domain: 'app.example.com', origin: 'default' },
      { domain: 'a.org', origin: 'domains:set' },
    ]);
  });

  it.each([
    {
      what: 'set to a list is that list',
      value: 'a.org c.org',
      domains: ['app.example.com', 'a.org', 'c.org'],
    },
    { what: 'deleted leaves the default one', value: null, domains: ['app.example.com'] },
  ])('of the DOMAINS key, $what', async ({ value, domains }) => {
    await deployFirst();
    await world.engine.change(app, { reason: 'domains', domains: [parseDomain('b.org')] }, world.operation());
    await world.engine.change(
      app,
      { reason: 'configuration', settings: { DOMAINS: value } },
      world.operation(),
    );
    expect((await world.engine.domains(app)).map(({ domain }) => domain)).toEqual(domains);
  });

  it('that reloads starts new instances of the same', async () => {
    await deployFirst();
    await world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
    expect(starts()).toBe(2);
  });

  it('of a site that was never deployed is refused', async () => {
    await expect(world.engine.change(app, { reason: 'scale' }, world.operation())).rejects.toMatchObject({
      code: 'E_SITE_UNKNOWN',
    });
  });
});

describe('a stopped site', () => {
  it('has no instances and nowhere to lead, and starts again as it was', async () => {
    await deployFirst();
    await world.engine.stop(app, world.operation());
    expect(await running()).toEqual([]);
    expect(world.roles.router.upstreamsOf('app.example.com')).toEqual([]);
    expect(await world.engine.status(app)).toMatchObject({ state: 'stopped', wanted: 0 });
    await world.engine.change(app, { reason: 'start' }, world.operation());
    expect(await world.engine.status(app)).toMatchObject({ state: 'up', running: 1 });
  });

  it('is stopped although its instances cannot be ended yet: a warning, and converge ends them', async () => {
    await world.engine.deploy([push(app)], world.operation());
    let applied = 0;
    world.roles.router.faults.on('apply', () => {
      if (++applied === 2) throw new Error('no');
    });
    await world.engine.stop(app, world.operation());
    expect(world.told.join('\n')).toContain('octo converge app tries again');
    expect(await world.engine.status(app)).toMatchObject({ state: 'stopped' });
    await world.engine.converge([app], world.operation());
    expect(await world.roles.runtime.list(app)).toEqual([]);
  });

  it('stays stopped through converge', async () => {
    await deployFirst();
    await world.engine.stop(app, world.operation());
    expect(await world.engine.converge(undefined, world.operation())).toEqual({ actions: [], problems: [] });
    expect(await running()).toEqual([]);
  });
});

describe('a removed site', () => {
  it('leaves its neighbours whose names begin alike', async () => {
    const neighbours = ['app-feature', 'app2'].map(parseSiteName);
    for (const site of [app, ...neighbours]) await deployFirst(site);
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(await world.engine.sites()).toEqual(neighbours);
    for (const site of neighbours) expect(await running(site)).toHaveLength(1);
    expect(world.roles.router.upstreamsOf('app.example.com')).toBeUndefined();
  });

  it('keeps its volumes unless they are named', async () => {
    const withVolume = push(app, { Dockerfile: 'FROM scratch\nEXPOSE 80\nVOLUME /data\n' });
    await world.engine.deploy([withVolume], world.operation());
    expect(await world.engine.remove(app, { volumes: false }, world.operation())).toEqual([]);
    expect(await world.roles.runtime.volumes(app)).toHaveLength(1);
    expect(await world.engine.remove(app, { volumes: true }, world.operation())).toHaveLength(1);
    expect(await world.roles.runtime.volumes(app)).toEqual([]);
  });

  it('that never was is an error', async () => {
    await expect(world.engine.remove(app, { volumes: false }, world.operation())).rejects.toMatchObject({
      code: 'E_SITE_UNKNOWN',
    });
  });
});

describe('converge', () => {
  const did = async () =>
    (await world.engine.converge(undefined, world.operation())).actions.map((action) =>
      action.did.replace(/ \S+$/, ''),
    );

  beforeEach(async () => {
    await deployFirst();
  });

  it('of a world that is as it should be does nothing', async () => {
    expect(await did()).toEqual([]);
  });

  it('starts an instance that vanished, and drops its service', async () => {
    const [instance] = await world.roles.runtime.list(app);
    if (instance) await world.roles.runtime.vanish(instance);
    expect(await did()).toEqual(expect.arrayContaining(['started', 'registered', 'deregistered']));
    expect(await did()).toEqual([]);
    expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(1);
  });

  it('registers a service that was lost', async () => {
    const [entry] = await world.roles.registrar.list(app);
    if (entry) await world.roles.registrar.deregister(entry.id);
    expect(await did()).toEqual(['registered']);
    expect(await did()).toEqual([]);
  });

  it('ends what a killed deploy left behind', async () => {
    const [old] = await running();
    const release = (await world.engine.current(app)) as never as { spec: string };
    await world.roles.runtime.start(
      {
        ...(world.roles.runtime.calls.find(({ method }) => method === 'start')
          ?.arguments[0] as never as object),
        digest: `${release.spec}x`,
        deploy: 'killed',
        bindings: [],
      } as never,
      { signal: new AbortController().signal, output() {}, warn() {} },
    );
    expect(await did()).toEqual(['retired', 'stopped']);
    expect(await running()).toEqual([old]);
    expect(await did()).toEqual([]);
  });

  it('finishes what was retiring when the process was killed', async () => {
    await world.engine.deploy([push(app, { a: '2' })], world.operation());
    expect(await running()).toHaveLength(2);
    expect(await did()).toEqual(['stopped']);
    expect(await running()).toHaveLength(1);
  });

  it('tells what it could not do, and goes on with the other sites', async () => {
    await deployFirst(other);
    for (const site of [app, other])
      for (const instance of await world.roles.runtime.list(site)) await world.roles.runtime.vanish(instance);
    world.roles.runtime.behave(({ spec }) => (spec.site === app ? { kind: 'exits', code: 1 } : undefined));
    const { actions, problems } = await world.engine.converge(undefined, world.operation());
    expect(problems).toEqual([{ site: 'app', error: expect.objectContaining({ code: 'E_CHECK_DEAD' }) }]);
    expect(actions.map(({ site }) => site)).toContain('other');
  });
});
