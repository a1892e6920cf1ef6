/** What a push would do, told without doing it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBranchRef, parseSiteName, type SiteName } from '../../core/grammar.ts';
import type { Preview } from '../../core/preview.ts';
import type { Push } from '../../core/source.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryPublisher } from '../testing/memory-publisher.ts';
import type { Faults } from '../testing/observe.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
let world: TestEngine;
beforeEach(() => {
  world = testEngine({ publisher: memoryPublisher() });
});
afterEach(() => world.dispose());

/** Every method of every role that changes something. */
const changing = {
  builder: ['build', 'discard'],
  runtime: ['start', 'exec', 'execAttended', 'run', 'runAttended', 'keep', 'rename', 'stop', 'removeVolume'],
  store: ['transact'],
  registrar: ['register', 'deregister'],
  router: ['prepare', 'apply'],
  publisher: ['publish', 'pull'],
} as const;
/** Those that only look. */
const looking = {
  builder: ['accepts', 'declares', 'has', 'list'],
  runtime: ['foreign', 'inspect', 'list', 'runningIds', 'tasks', 'logs', 'volumes', 'watch'],
  store: ['get', 'getMany', 'list', 'unusable', 'watch', 'close'],
  registrar: ['list', 'unusable', 'watch'],
  router: ['render', 'isInForce', 'drained', 'serves'],
  publisher: [],
} as const;
type Role = keyof typeof changing;

/** From now on whatever would change something throws. */
function forbidChanges(): () => void {
  const undo = (Object.keys(changing) as Role[]).flatMap((role) => {
    const faults = world.roles[role].faults as unknown as Faults<Record<string, () => void>>;
    return changing[role].map((method) => faults.on(method, new Error(`${role}.${method} in a plan`)));
  });
  return () => {
    for (const one of undo) one();
  };
}

async function plan(pushes: readonly Push[], stops: readonly SiteName[] = []): Promise<Preview> {
  world.recorder.clear();
  const allow = forbidChanges();
  try {
    return await world.engine.preview(pushes, world.operation(), stops);
  } finally {
    allow();
    expect(world.recorder.lifecycle()).toEqual([]);
  }
}

const deploy = async (...pushes: Push[]) => {
  await world.engine.deploy(pushes, world.operation());
  await world.engine.finishRetiring(
    pushes.map(({ site }) => site),
    world.operation(),
  );
};
const set = (values: Record<string, string | null>) => world.engine.setSettings(app, values);
const names = async (site = app) => (await world.roles.runtime.list(site)).map(({ name }) => name);
const services = async (site = app) => (await world.roles.registrar.list(site)).map(({ id }) => id);

it.each(Object.keys(changing) as Role[])(
  'knows of each method of a %s whether it changes something',
  (role) => {
    const known: readonly string[] = [...changing[role], ...looking[role]];
    // What the in-memory roles have beside their role is for tests.
    const own = [
      'behave',
      'behaveTasks',
      'crash',
      'kill',
      'pause',
      'healthChanged',
      'hangUp',
      'reboot',
      'vanish',
      'stranger',
      'knowAdopted',
      'print',
      'files',
      'another',
      'dispose',
      'reopen',
      'dump',
      'inForce',
    ];
    const controls = [
      ...own,
      'upstreamsOf',
      'request',
      'refuse',
      'hold',
      'setHealth',
      'registerForeign',
      'spoil',
    ];
    const methods = Object.entries(world.roles[role]).flatMap(([name, value]) =>
      typeof value === 'function' && !controls.includes(name) ? [name] : [],
    );
    expect(methods.toSorted()).toEqual(known.toSorted());
  },
);

describe('the plan of a push', () => {
  it('to a new site tells what would be built, run, registered and routed', async () => {
    await set({ COLOUR: 'secret', CONTAINERS: '3' });
    const found = await plan([push(app, { CNAME: 'shop.example.org\n' })]);
    expect(found.sites).toEqual([
      {
        site: 'app',
        release: 1,
        builds: 'Dockerfile (memory)',
        exposes: { known: false, ports: [{ port: 80, protocol: 'tcp' }] },
        instances: { count: 3, kept: [], started: 3, ended: [] },
        environment: { names: ['COLOUR'], added: ['COLOUR'], removed: [], changed: [] },
        options: [],
        services: { registered: 3, deregistered: [] },
        domains: [
          { domain: 'app.example.com', origin: 'default' },
          { domain: 'shop.example.org', origin: 'CNAME' },
        ],
        gained: ['app.example.com', 'shop.example.org'],
        lost: [],
      },
    ]);
    expect(found.router).toEqual([
      expect.stringMatching(/^@@/),
      expect.stringMatching(/^\+app\.example\.com app: \d+ \d+ \d+$/),
      expect.stringMatching(/^\+shop\.example\.org app:/),
    ]);
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  it('tells what would come and go beside the current release', async () => {
    await set({ CONTAINERS: '2', A: '1', B: '1', MEMORY_LIMIT: '64m' });
    await deploy(push(app, { CNAME: 'old.example.org' }));
    await set({ A: '2', B: null, C: '3', CONTAINERS: '1', MEMORY_LIMIT: null, SSL_FORCED: '0' });
    const { sites, router } = await plan([push(app, { CNAME: 'new.example.org' })]);
    expect(sites).toMatchObject([
      {
        release: 2,
        current: 1,
        builds: 'Dockerfile (memory)',
        exposes: { known: false, ports: [{ port: 8080, protocol: 'tcp' }] },
        instances: { count: 1, kept: [], started: 1, ended: await names() },
        environment: { names: ['A', 'C'], added: ['C'], removed: ['B'], changed: ['A'] },
        services: { registered: 1, deregistered: await services() },
        gained: ['new.example.org'],
        lost: ['old.example.org'],
      },
    ]);
    const [site] = sites;
    const options = site && 'options' in site ? site.options : [];
    expect(options).toContainEqual({ name: 'instances', before: ['2'], after: ['1'] });
    expect(options).toContainEqual({
      name: 'host name',
      before: ['old.example.org'],
      after: ['new.example.org'],
    });
    expect(options.map(({ name }) => name)).toContain('memory');
    expect(router).toContainEqual(expect.stringMatching(/^-old\.example\.org app: \d+ \d+$/));
    expect(router).toContainEqual(expect.stringMatching(/^\+new\.example\.org app: \d+$/));
  });

  it('of the tree that runs tells that nothing would be built, started or routed', async () => {
    await deploy(push(app));
    const { sites, router } = await plan([push(app)]);
    expect(sites).toEqual([
      {
        site: 'app',
        release: 2,
        current: 1,
        exposes: { known: true, ports: [{ port: 8080, protocol: 'tcp' }] },
        instances: { count: 1, kept: await names(), started: 0, ended: [] },
        environment: { names: [], added: [], removed: [], changed: [] },
        options: [],
        services: { registered: 0, deregistered: [] },
        domains: [{ domain: 'app.example.com', origin: 'default' }],
        gained: [],
        lost: [],
      },
    ]);
    expect(router).toEqual([]);
    const forced = await plan([{ ...push(app), force: true }]);
    expect(forced.sites).toMatchObject([{ builds: 'Dockerfile (memory)', instances: { started: 1 } }]);
  });

  it('is what its deploy then does', async () => {
    await set({ CONTAINERS: '2', KEY: 'a' });
    await deploy(push(app, { CNAME: 'a.example.org' }));
    await set({ CONTAINERS: '3', KEY: 'b' });
    const next = push(app, { CNAME: 'b.example.org' });
    const { sites, router } = await plan([next]);
    const before = { names: await names(), services: await services() };
    await deploy(next);
    const after = { names: await names(), services: await services() };
    const fresh = after.names.filter((name) => !before.names.includes(name));
    expect(sites).toMatchObject([
      {
        release: 2,
        instances: { kept: [], started: fresh.length, ended: before.names },
        services: { registered: after.services.length, deregistered: before.services },
      },
    ]);
    const ports = (world.roles.router.upstreamsOf('b.example.org') ?? []).map(
      (one) => one.split(':')[1] ?? '',
    );
    expect(router).toContain(`+b.example.org app: ${ports.toSorted().join(' ')}`);
    expect(await world.roles.router.request('b.example.org')).toMatchObject({ status: 200 });
  });

  it('names the release task, and runs none', async () => {
    const found = await plan([push(app, { Procfile: 'release: ./migrate\n' })]);
    expect(found.sites).toMatchObject([{ task: './migrate' }]);
  });

  it('asks modifiers, for what they change is part of the release', async () => {
    await world.dispose();
    world = testEngine({
      publisher: memoryPublisher(),
      more: [
        {
          name: 'changer',
          setup({ hooks }) {
            hooks.modifySpec.tap('more', (spec) => ({
              ...spec,
              environment: { ...spec.environment, ADDED: '1' },
            }));
            hooks.modifyRoute.tap('more', (route) => ({
              ...route,
              domains: [...route.domains, 'more.org' as never],
            }));
          },
        },
      ],
    });
    const { sites, router } = await plan([push(app)]);
    expect(sites).toMatchObject([{ environment: { added: ['ADDED'] } }]);
    expect(router).toContainEqual(expect.stringMatching(/^\+more\.org/));
  });

  it('tells which branch the site would be taken from', async () => {
    const from = (branch: string) => ({ repository: app, ref: parseBranchRef(`refs/heads/${branch}`) });
    await deploy({ ...push(app), origin: from('main') });
    const taking = { ...push(app), origin: from('master'), takesFrom: from('main') };
    expect((await plan([taking])).sites).toMatchObject([{ takesFrom: from('main') }]);
  });

  it('that stops a site tells what would end', async () => {
    await deploy(push(app));
    await deploy(push(other));
    const { sites, router } = await plan([push(other)], [app]);
    expect(sites).toEqual([
      expect.objectContaining({ site: 'other', instances: expect.objectContaining({ started: 0 }) }),
      {
        site: 'app',
        stops: true,
        instances: { ended: await names() },
        services: { deregistered: await services() },
      },
    ]);
    expect(router).toContain('+app.example.com app:');
  });

  it('of several sites gives each addresses of its own', async () => {
    const { router } = await plan([push(app), push(other)]);
    const ports = router.flatMap((line) => /^\+.*: (\d+)$/.exec(line)?.[1] ?? []);
    expect(new Set(ports).size).toBe(2);
  });
});

it.each([
  {
    what: 'nothing builds',
    pushed: [{ site: app, source: { kind: 'image', reference: 'x' } } as const],
    code: 'E_NO_BUILDER',
  },
  {
    what: 'asks for a domain of another site',
    pushed: [push(app, { CNAME: 'taken.example.org' })],
    code: 'E_DOMAIN_TAKEN',
  },
  {
    what: 'gives one domain to two sites',
    pushed: ['b', 'c'].map((site) => push(parseSiteName(site), { CNAME: 'both.example.org' })),
    code: 'E_DOMAIN_TAKEN',
  },
  { what: 'has a CNAME that is none', pushed: [push(app, { CNAME: 'x; y' })], code: 'E_DOMAIN' },
])('refuses what the deploy would refuse: a push that $what', async ({ pushed, code }) => {
  await deploy(push(other, { CNAME: 'taken.example.org' }));
  await expect(plan(pushed)).rejects.toMatchObject({ code });
});
