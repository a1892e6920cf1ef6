/** Each kind of thing deleted, killed or doubled: found, named, mended by a convergence, and then not spoken of. */
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseIpAddress, parseSiteName } from '../../../core/grammar.ts';
import { keys } from '../../../core/keys.ts';
import type { Instance } from '../../../core/release.ts';
import type { CatalogEntry, StoreOperation } from '../../../core/roles.ts';
import { instanceSpec } from '../../../core/spec.ts';
import { eventually } from '../../contracts/fixture.ts';
import { freePort } from '../../contracts/free-port.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';

const app = parseSiteName('app');
const { signal } = new AbortController();
let world: TestEngine;
beforeEach(async () => {
  world = testEngine({ isAlive: (pid) => pid === process.pid });
  await world.engine.setSettings(app, { CONTAINERS: '2' } as never);
  await world.engine.deploy([push(app)], world.operation());
  await world.engine.changeByHand(
    app,
    { set: { address: parseIpAddress('10.0.0.5'), port: 80, tags: ['http'] } },
    world.operation(),
  );
});
afterEach(() => world.dispose());

/** Those of the machine that runs the test are not what is tested. */
const ofHost = ['disk', 'files'];
const look = async (of = world) =>
  (await of.engine.runChecks(signal)).filter(({ check }) => !ofHost.includes(check));
const wrong = async () =>
  (await look()).filter(({ state }) => state !== 'ok').map(({ check, message }) => `${check}: ${message}`);

const write = (...operations: StoreOperation[]) => world.roles.store.transact(operations);
const set = (key: string, value: unknown): StoreOperation => ({
  kind: 'set',
  key,
  value: JSON.stringify(value),
});
const first = async () => (await world.roles.runtime.list(app))[0] as Instance;
const entry = async () =>
  (await world.roles.registrar.list(app)).find(({ kind }) => kind === 'instance') as CatalogEntry;
const dead = 999_999_999;

/** What `release.spec` is of: another instance of it is one too many. */
async function startAnother(deploy: string): Promise<Instance> {
  const release = await world.engine.current(app);
  if (!release) throw new Error('app has no release');
  const port = await freePort();
  return world.roles.runtime.start(
    {
      spec: instanceSpec(release, {}),
      digest: release.spec,
      release: release.number,
      deploy,
      index: 1,
      bindings: [{ port: 8080, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: port }],
    },
    { signal, output() {}, warn() {} },
  );
}

interface Breakage {
  readonly what: string;
  readonly run: () => Promise<unknown>;
  /** What is found then. */
  readonly found: readonly RegExp[];
}

const breakages: readonly Breakage[] = [
  {
    what: 'an instance that is gone',
    run: async () => world.roles.runtime.vanish(await first()),
    found: [
      /^missing-instances: 1 of 2 instances do not run\.$/,
      /^left-services: 1 services have nobody behind them: app-127/,
      /^ports: ports are reserved for no instance: \d+\.$/,
    ],
  },
  {
    what: 'an instance that was ended for good',
    run: async () => world.roles.runtime.kill(await first()),
    found: [/^missing-instances: 1 of 2/, /^left-instances: 1 instances are left over: app-/],
  },
  {
    what: 'an instance too many',
    run: () => startAnother('zzz'),
    found: [/^left-instances: 1 instances are left over: app-zzz/],
  },
  {
    what: 'a service that is gone',
    run: async () => world.roles.registrar.deregister((await entry()).id),
    found: [/^routes: The router has other routes/, /^missing-services: 1 services are missing .*: app-127/],
  },
  {
    what: 'a service that somebody changed',
    run: async () => {
      const { health: _, ...known } = await entry();
      await world.roles.registrar.register({ ...known, tags: ['other'] });
    },
    found: [/^wrong-services: the service app-127\.0\.0\.1-\d+ is not as it was registered\.$/],
  },
  {
    what: 'a service that is there twice',
    run: async () => {
      const { health: _, ...known } = await entry();
      await world.roles.registrar.register({ ...known, id: 'app-127.0.0.1-9', port: 9 });
    },
    found: [
      /^routes: The router has other routes/,
      /^wrong-services: the service app-127\.0\.0\.1-9 is one too many/,
    ],
  },
  {
    what: 'a service given by hand that is gone',
    run: () => world.roles.registrar.deregister('app-10.0.0.5-80'),
    found: [/^routes: /, /^given-services: the service app-10\.0\.0\.5-80 was given by hand/],
  },
  {
    what: 'a router that was killed',
    run: async () => world.roles.router.kill(),
    found: [/^routes: The router does not answer\.$/],
  },
  {
    what: 'a release task that has ended',
    run: async () => {
      const spec = instanceSpec((await world.engine.current(app)) as never, {});
      const context = { signal, output() {}, warn() {} };
      const request = { spec: { ...spec, ports: [] }, deploy: 'dead', command: ['true'] };
      const task = await world.roles.runtime.run(request, context);
      await eventually('it to end', async () => !(await world.roles.runtime.inspect(task))?.running);
    },
    found: [/^tasks: ended release tasks are left: /],
  },
  {
    what: 'a command of octo run whose octo was killed',
    async run() {
      world.roles.runtime.behaveTasks({ kind: 'silent' });
      const spec = instanceSpec((await world.engine.current(app)) as never, {});
      const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
      const streams = { stdin: new PassThrough(), stdout: nowhere(), stderr: nowhere() };
      const request = { spec: { ...spec, ports: [] }, deploy: 'left', command: ['x'] };
      const context = { signal, output() {}, warn() {} };
      world.roles.runtime.runAttended(request, streams, { graceSeconds: 0 }, context).catch(() => {});
      await eventually('it to run', async () => (await world.roles.runtime.tasks(app)).length === 1);
    },
    found: [/^tasks: commands of octo run are left that nobody is at: app-left-run\.$/],
  },
  {
    what: 'a port that is reserved for nobody',
    run: () => write(set(keys.port('127.0.0.1', 20_999), { site: 'app', deploy: 'dead' })),
    found: [/^ports: ports are reserved for no instance: 20999\.$/],
  },
  {
    what: 'a deploy that was killed',
    run: () =>
      write(
        set(keys.deploy(app, 'zzdead'), {
          site: 'app',
          deploy: 'zzdead',
          reason: 'deploy',
          actor: 'me',
          since: new Date().toISOString(),
          phase: 'running',
          pid: dead,
          host: 'test',
        }),
      ),
    found: [/^deploys: the deploy zzdead was killed and still runs for the record\.$/],
  },
  {
    what: 'a lease whose holder is gone',
    run: () => {
      const since = new Date().toISOString();
      const holder = { owner: 'x', pid: dead, host: 'test', since, purpose: 'deploy of app' };
      return write(set(keys.lease('site/app'), { number: 7, holder }));
    },
    found: [/^leases: site\/app is held for deploy of app by process 999999999 of test, which is gone\.$/],
  },
  {
    what: 'settings that stand in the journal only',
    run: () => write(set(keys.settingsJournal(app), { A: '1', B: null })),
    found: [/^journal: 2 settings that count are not under their own keys\.$/],
  },
  {
    what: 'an image that no release has',
    run: () =>
      world.roles.builder.build(
        { site: app, deploy: 'killed', source: push(app, { x: '1' }).source, arguments: {}, noCache: false },
        { signal, output() {}, warn() {} },
      ),
    found: [/^surplus: no release needs the images octohost\/app:killed\.$/],
  },
  {
    what: 'a record that no release has',
    run: () => write(set(keys.content(app, 'f'.repeat(64)), {})),
    found: [/^surplus: no release needs 1 of its records\.$/],
  },
];

describe('the doctor', () => {
  it('finds nothing where all is as it should be, and tells of every part', async () => {
    expect(await wrong()).toEqual([]);
    const checks = new Set((await look()).map(({ check }) => check));
    const parts = ['clock', 'ports', 'agent', 'store', 'catalog', 'routes', 'leases', 'records', 'sites'];
    expect([...checks]).toEqual(parts);
  });

  it.each(breakages)(
    'finds $what; a convergence mends it, and nothing is left to tell',
    async ({ run, found }) => {
      await run();
      expect(await wrong()).toEqual(found.map((pattern) => expect.stringMatching(pattern)));
      const results = (await look()).filter(({ state }) => state !== 'ok');
      for (const { why, hint } of results)
        expect([why, hint]).toEqual([expect.any(String), expect.any(String)]);
      const { problems } = await world.engine.converge(undefined, world.operation());
      expect(problems).toEqual([]);
      expect(await wrong()).toEqual([]);
      expect(await world.engine.converge(undefined, world.operation())).toEqual({
        actions: [],
        problems: [],
      });
    },
  );

  it('tells of a release whose record is gone, which no convergence mends, and of other sites all the same', async () => {
    const other = parseSiteName('other');
    await world.engine.deploy([push(other)], world.operation());
    await world.roles.runtime.kill((await world.roles.runtime.list(other))[0] as Instance);
    await write({ kind: 'delete', key: keys.release(app, 1) });
    const results = (await look()).filter(({ state, site }) => state !== 'ok' && site !== undefined);
    expect(results.map(({ site, check }) => `${site} ${check}`)).toEqual([
      'app unreadable',
      'other missing-instances',
      'other left-instances',
    ]);
    expect(results[0]).toMatchObject({ hint: expect.stringContaining('backup') });
  });

  it('says that it could not look where the runtime does not answer', async () => {
    world.roles.runtime.faults.on('list', new Error('the engine is away'));
    const results = (await look()).filter(({ state }) => state !== 'ok');
    expect(results).toMatchObject([{ check: 'sites', state: 'failed', message: 'the engine is away' }]);
  });

  it('changes nothing', async () => {
    world.roles.router.kill();
    await world.roles.runtime.vanish(await first());
    const before = world.roles.store.dump();
    await look();
    expect(world.roles.store.dump()).toEqual(before);
    expect(await world.roles.router.serves()).toBe(false);
  });

  it('leaves a site alone that somebody works on', async () => {
    const seen: string[][] = [];
    world.roles.runtime.faults.once('start', async () => void seen.push(await wrong()));
    await world.engine.deploy([push(app, { x: '2' })], world.operation());
    expect(seen).toEqual([[]]);
  });
});
