/** What a Dockerfile's magic comments become, on in-memory roles. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Config, resolveConfig } from '../../core/config.ts';
import { errors } from '../../core/error-catalogue.ts';
import { parseSiteName, type SiteName } from '../../core/grammar.ts';
import { keys } from '../../core/keys.ts';
import { refuseForbidden, wantedOptions } from '../../core/run-options.ts';
import { magicComments } from '../../plugins/dockerfile-builder/magic-comments.ts';
import { freePort } from '../contracts/free-port.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const [app, db, data] = ['app', 'app_db', 'app_data'].map(parseSiteName) as [SiteName, SiteName, SiteName];
const hostPort = await freePort();
let world: TestEngine;
afterEach(() => world?.dispose());

const dockerfile = (...lines: string[]) => ['FROM scratch', 'EXPOSE 8080', ...lines, ''].join('\n');
const deploy = (site: SiteName, ...lines: string[]) =>
  world.engine.deploy([push(site, { Dockerfile: dockerfile(...lines) })], world.operation());
const again = (site: SiteName, ...lines: string[]) =>
  world.engine.deploy(
    [push(site, { Dockerfile: dockerfile(...lines), more: String(Math.random()) })],
    world.operation(),
  );
const finish = (site: SiteName) => world.engine.finishRetiring([site], world.operation());
const converge = () => world.engine.converge(undefined, world.operation());
const names = async (site: SiteName) => (await world.roles.runtime.list(site)).map(({ name }) => name);
const lastStart = (site: SiteName) =>
  world.roles.runtime.calls
    .filter(({ method }) => method === 'start')
    .map(
      ({ arguments: [request] }) =>
        request as never as { spec: Record<string, unknown>; bindings: unknown[] },
    )
    .findLast(({ spec }) => spec['site'] === site);

describe('NO_HTTP_PROXY', () => {
  it('leaves a site without domains, service and route; a setting is stronger', async () => {
    world = testEngine();
    const [outcome] = await deploy(app, '# NO_HTTP_PROXY');
    expect(outcome?.urls).toEqual([]);
    expect(await world.roles.registrar.list(app)).toEqual([]);
    const settings = { NO_HTTP_PROXY: 'false' } as never;
    const changed = await world.engine.change(app, { reason: 'configuration', settings }, world.operation());
    expect(changed.urls).toEqual(['http://app.example.com']);
  });
});

it('a plan of a site without HTTP tells no domains', async () => {
  world = testEngine();
  const pushes = [push(app, { Dockerfile: dockerfile('# NO_HTTP_PROXY') })];
  const { sites } = await world.engine.preview(pushes, world.operation());
  expect(sites).toMatchObject([{ domains: [], gained: [] }]);
});

describe('ADD_NAME', () => {
  it('PARITY bug 12: a second push of a site with ADD_NAME works, and the name goes over', async () => {
    world = testEngine();
    await deploy(app, '# ADD_NAME');
    const [first] = await world.roles.runtime.list(app);
    expect(first?.name).toBe('app');
    await again(app, '# ADD_NAME');
    const holder = (await world.roles.runtime.list(app)).find(({ name }) => name === 'app');
    expect(holder?.id).not.toBe(first?.id);
    await finish(app);
    expect(await names(app)).toEqual(['app']);
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('needs no new instance where only the comment comes or goes', async () => {
    world = testEngine();
    await deploy(app);
    await world.roles.runtime.rename((await world.roles.runtime.list(app))[0] as never, 'app');
    await converge();
    expect(await names(app)).not.toContain('app');
  });

  it('that fails is a warning, and converge tries again', async () => {
    world = testEngine();
    world.roles.runtime.faults.once('rename', new Error('no'));
    await deploy(app, '# ADD_NAME');
    expect(world.told.join('\n')).toContain('app warn: current, without its name: no');
    expect((await converge()).actions).toEqual([
      { site: app, did: expect.stringMatching(/^named app-.* app$/) },
    ]);
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('a push that fails leaves the name where it was', async () => {
    world = testEngine();
    await deploy(app, '# ADD_NAME');
    const before = await world.roles.runtime.list(app);
    world.roles.runtime.behave({ kind: 'exits', code: 1 });
    await expect(again(app, '# ADD_NAME')).rejects.toThrow();
    expect(await world.roles.runtime.list(app)).toEqual(before);
  });
});

describe('LINK_SERVICE and VOLUMES_FROM', () => {
  it('lead to the current instance of a site of this installation', async () => {
    world = testEngine();
    await deploy(db);
    await deploy(data);
    await deploy(app, '# LINK_SERVICE db', '# VOLUMES_FROM');
    const [one] = await world.roles.runtime.list(db);
    const [two] = await world.roles.runtime.list(data);
    expect(lastStart(app)?.spec).toMatchObject({
      links: [{ alias: 'db', site: db, instance: one?.id }],
      volumesFrom: [{ site: data, instance: two?.id }],
    });
  });

  it('a site that others link to gets a new container: so do they, by a release, and it is said', async () => {
    world = testEngine();
    await deploy(db);
    await deploy(app, '# LINK_SERVICE db');
    await again(db);
    expect(world.told).toContain('app says: app_db has a new instance, so app gets new ones');
    expect((await world.engine.current(app))?.number).toBe(2);
    await finish(db);
    const [current] = await world.roles.runtime.list(db);
    expect(lastStart(app)?.spec).toMatchObject({ links: [{ instance: current?.id }] });
    expect(await names(app)).toHaveLength(1);
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('a chain of links is followed from its end', async () => {
    world = testEngine({ allow: [{ sites: '*', links: ['*'] }] });
    await deploy(db);
    await deploy(data, '# LINK_SERVICE db app_db');
    await deploy(app, '# LINK_SERVICE db', '# LINK_SERVICE data');
    await again(db);
    const numbers = [data, app].map(async (site) => (await world.engine.current(site))?.number);
    expect(await Promise.all(numbers)).toEqual([2, 2]);
  });

  it('converge ties a site again whose other end was replaced behind its back', async () => {
    world = testEngine();
    await deploy(db);
    await deploy(app, '# LINK_SERVICE db');
    await world.roles.runtime.vanish((await world.roles.runtime.list(db))[0] as never);
    const { actions, problems } = await converge();
    expect(problems).toEqual([]);
    expect(actions).toContainEqual({ site: app, did: 'tied to the new instances' });
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('converge brings both up where all containers are gone', async () => {
    world = testEngine();
    await deploy(db);
    await deploy(app, '# LINK_SERVICE db');
    for (const instance of await world.roles.runtime.list()) await world.roles.runtime.vanish(instance);
    expect((await converge()).problems).toEqual([]);
    expect(await world.engine.status(app)).toMatchObject({ state: 'up' });
    expect(await world.engine.status(db)).toMatchObject({ state: 'up', release: 1 });
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('new instances that fail are a warning: the push to the other site stands', async () => {
    world = testEngine();
    await deploy(db);
    await deploy(app, '# LINK_SERVICE db');
    world.roles.runtime.behave(({ spec }) => (spec.site === app ? { kind: 'exits', code: 1 } : undefined));
    await again(db);
    expect((await world.engine.current(app))?.number).toBe(1);
    expect(world.told.join('\n')).toContain('app warn: is still tied to an old instance of app_db');
  });

  it('to what does not run are refused', async () => {
    world = testEngine();
    await expect(deploy(app, '# LINK_SERVICE db')).rejects.toMatchObject({ code: 'E_PEER_MISSING' });
  });

  it('in a circle are refused, and so is one to itself', async () => {
    world = testEngine({ allow: [{ sites: '*', links: ['*'] }] });
    await expect(deploy(app, '# LINK_SERVICE me app')).rejects.toMatchObject({ code: 'E_PEER_CIRCLE' });
    await deploy(app);
    await deploy(db, '# LINK_SERVICE app app');
    await expect(again(app, '# LINK_SERVICE db')).rejects.toMatchObject({ code: 'E_PEER_CIRCLE' });
  });
});

describe('PORTS_FROM_HOST', () => {
  const line = `# PORTS_FROM_HOST ${hostPort} 8080 127.0.0.1`;
  const allow = [{ sites: 'app', ports: [hostPort] }];
  const asked = { port: 8080, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort };

  it('PARITY bug 16: nothing but what is asked for and allowed is bound besides the loopback', async () => {
    world = testEngine({ allow });
    await deploy(app, line);
    expect(lastStart(app)?.bindings).toEqual([expect.objectContaining({ hostAddress: '127.0.0.1' }), asked]);
    await deploy(db);
    expect(lastStart(db)?.bindings).toEqual([
      expect.objectContaining({ hostAddress: '127.0.0.1', port: 8080 }),
    ]);
  });

  it('PARITY bug 12: a second push of a site with PORTS_FROM_HOST works: proven, old stopped, new started', async () => {
    world = testEngine({ allow });
    await deploy(app, line);
    await again(app, line);
    const [only, ...more] = await world.roles.runtime.list(app);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ release: 2, bindings: [expect.anything(), asked] });
    expect(world.roles.router.upstreamsOf('app.example.com')).toEqual([
      `127.0.0.1:${only?.bindings[0]?.hostPort}`,
    ]);
    expect(world.told.join('\n')).toMatch(
      new RegExp(`${hostPort} cannot be shared[^]*answer again after \\d`),
    );
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('a version that does not prove itself leaves the old one alone', async () => {
    world = testEngine({ allow });
    await deploy(app, line);
    const before = await world.roles.runtime.list(app);
    world.roles.runtime.behave({ kind: 'exits', code: 1 });
    await expect(again(app, line)).rejects.toMatchObject({ code: 'E_CHECK_DEAD' });
    expect(await world.roles.runtime.list(app)).toEqual(before);
  });

  it.each(['start', 'register', 'prepare', 'apply'] as const)(
    'the old one returns when %s fails after it had stopped',
    async (method) => {
      world = testEngine({ allow });
      await deploy(app, line, '# ADD_NAME');
      const { runtime, router, registrar } = world.roles;
      const stopped = () => runtime.calls.filter((call) => call.method === 'stop').length >= 2;
      const role = { start: runtime, register: registrar, prepare: router, apply: router }[method];
      const faults = role.faults as { on(name: string, fault: () => void): void };
      let failed = false;
      faults.on(method, () => {
        if (failed || !stopped()) return;
        failed = true;
        // Of a kind that is not tried again.
        throw errors.E_UNAVAILABLE({ what: 'It', cause: 'no' });
      });
      await expect(again(app, line, '# ADD_NAME')).rejects.toThrow();
      expect(failed).toBe(true);
      expect(await runtime.list(app)).toEqual([
        expect.objectContaining({ name: 'app', release: 1, bindings: [expect.anything(), asked] }),
      ]);
      expect(router.upstreamsOf('app.example.com')).toHaveLength(1);
      expect(await converge()).toEqual({ actions: [], problems: [] });
    },
  );

  it('after a kill between old and new one converge brings the old one back', async () => {
    world = testEngine({ allow });
    await deploy(app, line);
    const instances = await world.roles.runtime.list(app);
    // The old one was marked, and still runs with the port.
    const value = JSON.stringify({ site: app, instances });
    await world.roles.store.transact([{ kind: 'set', key: keys.retiring(app), value }]);
    expect((await converge()).problems).toEqual([]);
    expect(await world.roles.runtime.list(app)).toEqual([
      expect.objectContaining({ release: 1, bindings: [expect.anything(), asked] }),
    ]);
    expect(await world.engine.status(app)).toMatchObject({ state: 'up', release: 1 });
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('converge ends what stands in the way of the current release', async () => {
    world = testEngine({ allow });
    await deploy(app, line);
    const [old] = await world.roles.runtime.list(app);
    const request = world.roles.runtime.calls.find(({ method }) => method === 'start')
      ?.arguments[0] as never as {
      bindings: { hostPort: number }[];
    };
    await world.roles.runtime.vanish(old as never);
    // What a killed deploy had started with the port: not of the current release.
    const left = { ...request, digest: 'f'.repeat(32), deploy: '00killed', release: 2, bindings: [asked] };
    await world.roles.runtime.start(left as never, { signal: new AbortController().signal } as never);
    expect((await converge()).problems).toEqual([]);
    expect(await world.roles.runtime.list(app)).toEqual([expect.objectContaining({ release: 1 })]);
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('is refused for several containers, and where somebody else has the port', async () => {
    world = testEngine({ allow: [{ sites: '*', ports: [hostPort] }] });
    await deploy(app, line);
    await expect(deploy(db, line)).rejects.toMatchObject({ code: 'E_HOST_PORT_TAKEN' });
    const settings = { CONTAINERS: '2' } as never;
    await expect(
      world.engine.change(app, { reason: 'scale', settings }, world.operation()),
    ).rejects.toMatchObject({ code: 'E_SETTINGS' });
  });
});

describe('what reaches the host', () => {
  const real = (path: string) => path.replace(/^\/var\/run/, '/run').replace('/srv/shop/link', '/etc');
  const refusal = (site: string, allow: Config['allow'], ...lines: string[]) => {
    const declared = { file: 'Dockerfile', ...magicComments(lines.join('\n'), () => false).options };
    const checked = resolveConfig({ plugins: [], allow }, '/x').allow;
    const guarded = ['/run/docker.sock', '/var/lib/octohost'];
    const name = parseSiteName(site);
    try {
      const asked = { file: 'Dockerfile', originOf: () => undefined };
      refuseForbidden(name, wantedOptions(name, declared), asked, { allow: checked, guarded, real });
    } catch (error) {
      return error as { code: string; details: string[]; hint: string };
    }
    return undefined;
  };

  it.each([
    '# MOUNT_FROM_HOST /srv/shop',
    '# PORTS_FROM_HOST 25 25',
    '# LINK_SERVICE redis corp_redis',
    '# LINK_SERVICE redis shop2_redis',
  ])('is refused without a rule: %s', (line) => {
    expect(refusal('shop', [], line)).toMatchObject({
      code: 'E_NOT_ALLOWED',
      details: [expect.stringMatching(/^Dockerfile line 1: /)],
      hint: expect.stringContaining("{ sites: 'shop', "),
    });
  });

  it('names every line and the rules to write', () => {
    const lines = ['# PORTS_FROM_HOST 25 25', 'FROM x', '# MOUNT_FROM_HOST /srv/shop'];
    expect(refusal('shop', [], ...lines)).toMatchObject({
      details: ["Dockerfile line 1: the host's port 25", "Dockerfile line 3: the host's /srv/shop"],
      hint: expect.stringContaining("{ sites: 'shop', mounts: ['/srv/shop'] }"),
    });
  });

  it('is allowed by a rule for the site, below a path, by a pattern', () => {
    const allow = [{ sites: 'shop*', mounts: ['/srv/shop'], ports: [25], links: ['corp_*'] }];
    const lines = [
      '# MOUNT_FROM_HOST /srv/shop/a',
      '# PORTS_FROM_HOST 25 25',
      '# LINK_SERVICE redis corp_redis',
    ];
    expect(refusal('shop-dev', allow, ...lines)).toBeUndefined();
    expect(refusal('other', allow, ...lines)).toMatchObject({ details: { length: 3 } });
    expect(refusal('shop', allow, '# MOUNT_FROM_HOST /srv/shop2')).toBeDefined();
    expect(refusal('shop', allow, '# MOUNT_FROM_HOST /srv')).toBeDefined();
  });

  it('siblings need no rule', () => {
    expect(
      refusal('shop', [], '# LINK_SERVICE redis', '# LINK_SERVICE db shop_sql', '# VOLUMES_FROM'),
    ).toBeUndefined();
  });

  it('a link out of an allowed folder is followed', () => {
    const allow = [{ sites: 'shop', mounts: ['/srv/shop'] }];
    expect(refusal('shop', allow, '# MOUNT_FROM_HOST /srv/shop/link')?.details).toEqual([
      "Dockerfile line 1: the host's /srv/shop/link (which is /etc)",
    ]);
  });

  it.each(['/var/run/docker.sock', '/run', '/', '/var/lib/octohost/keys'])(
    'a control socket and the data of octohost take a rule that names them: %s',
    (path) => {
      const line = `# MOUNT_FROM_HOST ${path} /x`;
      expect(refusal('shop', [{ sites: '*', mounts: ['/'] }], line)).toBeDefined();
      const named = ['/', '/var/run/docker.sock', '/var/lib/octohost'];
      expect(refusal('shop', [{ sites: '*', mounts: named }], line)).toBeUndefined();
    },
  );

  it('is asked before anything is built, of a push and of its plan; the mount is the place itself', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'octo-mount-'));
    try {
      await symlink('/usr', join(dir, 'link'));
      world = testEngine({ allow: [{ sites: 'app', mounts: [dir, '/usr'] }] });
      const refused = { code: 'E_NOT_ALLOWED' };
      await expect(deploy(app, '# MOUNT_FROM_HOST /etc')).rejects.toMatchObject(refused);
      const pushed = push(app, { Dockerfile: dockerfile('# MOUNT_FROM_HOST /etc') });
      const plan = world.engine.preview([pushed], world.operation());
      await expect(plan).rejects.toMatchObject(refused);
      expect(world.roles.builder.calls.filter(({ method }) => method === 'build')).toEqual([]);
      await deploy(app, `# MOUNT_FROM_HOST ${dir}/link/new /data:ro`);
      expect(lastStart(app)?.spec['mounts']).toEqual([
        { source: '/usr/new', target: '/data', readOnly: true },
      ]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
