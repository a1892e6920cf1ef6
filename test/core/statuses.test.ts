/** How all sites are, told with as many calls for a thousand sites as for one. */
import { afterEach, describe, expect, it } from 'vitest';
import { parseSiteName, type SiteName } from '../../core/grammar.ts';
import { keys } from '../../core/keys.ts';
import type { Instance } from '../../core/release.ts';
import { snapshotStore } from '../../core/snapshot-world.ts';
import { quickClock } from '../helpers/clock.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryStore } from '../testing/memory-store.ts';

let world: TestEngine;
afterEach(() => world.dispose());

/** Calls of each role's methods while something is asked. */
async function callsOf(ask: () => Promise<unknown>): Promise<Record<string, number>> {
  const { store, runtime, registrar, router, builder } = world.roles;
  const roles = { store, runtime, registrar, router, builder };
  for (const { calls } of Object.values(roles)) calls.splice(0);
  await ask();
  const made = Object.entries(roles).flatMap(([role, { calls }]) =>
    calls.map(({ method }) => `${role}.${method}`),
  );
  return Object.fromEntries([...Map.groupBy(made, (name) => name)].map(([name, all]) => [name, all.length]));
}

/** Copies of a site's records, as so many sites would have them. */
async function copySite(from: SiteName, count: number): Promise<void> {
  const { store } = world.roles;
  const wanted = [keys.pointer(from), keys.domains(from), keys.release(from, 1)];
  const settings = await store.list(keys.settings(from));
  const entries = [...(await Promise.all(wanted.map((key) => store.get(key)))), ...settings];
  for (let index = 1; index <= count; index++) {
    const to = `copy${index}`;
    const copied = entries.flatMap((entry) =>
      entry
        ? [
            {
              kind: 'set' as const,
              key: entry.key.replace(`/${from}`, `/${to}`),
              value: entry.value.replaceAll(`"site":"${from}"`, `"site":"${to}"`),
            },
          ]
        : [],
    );
    await store.transact(copied);
  }
}

describe('the status of all sites', () => {
  it('is that of each', async () => {
    world = testEngine();
    const [a, b, c] = ['a', 'b', 'c'].map(parseSiteName) as [SiteName, SiteName, SiteName];
    await world.engine.deploy([push(a), push(b)], world.operation());
    await world.engine.setSettings(c, { KEY: '1' } as never);
    await world.engine.setSettings(a, { KEY: '1' } as never);
    await world.roles.runtime.kill((await world.roles.runtime.list(b))[0] as Instance);
    const { sites, problems } = await world.engine.statuses();
    expect(problems).toEqual([]);
    expect(sites).toEqual(await Promise.all([a, b, c].map((site) => world.engine.status(site))));
    expect(sites.map(({ state, changed }) => [state, changed])).toEqual([
      ['up', true],
      ['down', false],
      ['not deployed', false],
    ]);
  });

  it('of one that cannot be told hides no other', async () => {
    world = testEngine();
    const [a, b] = ['a', 'b'].map(parseSiteName) as [SiteName, SiteName];
    await world.engine.deploy([push(a), push(b)], world.operation());
    await world.roles.store.transact([{ kind: 'set', key: keys.release(a, 1), value: 'nonsense' }]);
    const { sites, problems } = await world.engine.statuses();
    expect(sites.map(({ site }) => site)).toEqual(['b']);
    expect(problems).toMatchObject([{ site: 'a', error: { code: 'E_STATE' } }]);
  });

  it('costs a thousand sites the calls of one', async () => {
    world = testEngine();
    const site = parseSiteName('app');
    await world.engine.deploy([push(site)], world.operation());
    const one = await callsOf(() => world.engine.statuses());
    await copySite(site, 999);
    const thousand = await callsOf(async () => {
      const { sites, problems } = await world.engine.statuses();
      expect([sites.length, problems.length]).toEqual([1000, 0]);
    });
    expect(thousand).toEqual(one);
    expect(one).toMatchObject({ 'runtime.list': 1, 'runtime.runningIds': 1, 'store.getMany': 1 });
    expect(one['store.get']).toBeUndefined();
    expect(one['registrar.list']).toBeUndefined();
  });

  it('costs a release each where the store gives them one by one', async () => {
    const { getMany: _, ...store } = memoryStore();
    world = testEngine({ store: { ...store, reopen: () => store } });
    const site = parseSiteName('app');
    await world.engine.deploy([push(site)], world.operation());
    await copySite(site, 9);
    const calls = await callsOf(async () => expect((await world.engine.statuses()).sites).toHaveLength(10));
    expect(calls['store.get']).toBe(10);
  });
});

/** As many sites, each of which has come through the time after its switch. */
async function settled(count: number): Promise<SiteName[]> {
  const clock = quickClock();
  world = testEngine({ clock });
  const sites = Array.from({ length: count }, (_, index) => parseSiteName(`s${index}`));
  await world.engine.deploy(
    sites.map((site) => push(site)),
    world.operation(),
  );
  clock.pass(60_000);
  await world.engine.watchReleases(sites, world.operation());
  return sites;
}

describe('the instances of all sites', () => {
  it('are told of by one list of what runs, and nobody looks at each', async () => {
    await settled(20);
    const calls = await callsOf(async () => {
      const { sites } = await world.engine.statuses();
      expect(sites.map(({ state, running }) => `${state} ${running}`)).toEqual(Array(20).fill('up 1'));
    });
    expect(calls).toMatchObject({ 'runtime.list': 1, 'runtime.runningIds': 1 });
    expect(calls['runtime.inspect']).toBeUndefined();
  });

  it('are looked at where one does not run, or was started since', async () => {
    const [a, b] = (await settled(3)) as [SiteName, SiteName];
    await world.roles.runtime.kill((await world.roles.runtime.list(a))[0] as Instance);
    await world.roles.runtime.vanish((await world.roles.runtime.list(b))[0] as Instance);
    await world.engine.converge([b], world.operation());
    const calls = await callsOf(async () => {
      const { sites } = await world.engine.statuses();
      expect(sites.map(({ state }) => state)).toEqual(['down', 'up', 'up']);
      expect(sites).toEqual(await Promise.all(sites.map(({ site }) => world.engine.status(site))));
    });
    expect(calls['runtime.inspect']).toBe(2 + 3);
  });

  it('are each looked at where the runtime cannot name those that run', async () => {
    const sites = await settled(2);
    Reflect.deleteProperty(world.roles.runtime, 'runningIds');
    const calls = await callsOf(async () => {
      const { sites: found } = await world.engine.statuses();
      expect(found.map(({ state }) => state)).toEqual(sites.map(() => 'up'));
    });
    expect(calls['runtime.inspect']).toBe(sites.length);
  });
});

describe('what runs', () => {
  it('is told with what it is there for, of one site or of all', async () => {
    world = testEngine();
    const [a, b] = ['a', 'b'].map(parseSiteName) as [SiteName, SiteName];
    await world.engine.deploy([push(a), push(b)], world.operation());
    const [old] = await world.roles.runtime.list(a);
    await world.engine.deploy([push(a, { x: '2' })], world.operation());
    const [other] = await world.roles.runtime.list(b);
    await world.roles.runtime.kill(other as Instance);
    const all = await world.engine.running();
    expect(all.map(({ site, role, state }) => `${site} ${role} ${state}`)).toEqual([
      'a retiring running',
      'a current running',
      'b left over ended',
    ]);
    expect(all[0]).toMatchObject({
      id: old?.id,
      release: 1,
      addresses: [expect.stringMatching(/^127.0.0.1:\d+$/)],
    });
    expect(all[2]).toMatchObject({ exitCode: 137 });
    expect((await world.engine.running(b)).map(({ site }) => site)).toEqual(['b']);
  });
});

it('a snapshot of the store answers from its lists what lies below one of them', async () => {
  world = testEngine();
  const { store } = world.roles;
  await store.transact(
    ['p/a/1', 'p/b/1', 'p/b/2', 'p/c', 'q/x'].map((key) => ({ kind: 'set', key, value: key })),
  );
  const snapshot = snapshotStore(store, new Map([['p/', await store.list('p/')]]));
  await store.transact([{ kind: 'set', key: 'p/b/3', value: 'later' }]);
  const listed = async (prefix: string) => (await snapshot.list(prefix)).map(({ key }) => key);
  expect(await listed('p/b/')).toEqual(['p/b/1', 'p/b/2']);
  expect(await listed('p/d')).toEqual([]);
  expect(await listed('q/')).toEqual(['q/x']);
  expect((await snapshot.get('p/c'))?.value).toBe('p/c');
  expect(await snapshot.get('p/b/3')).toBeUndefined();
  expect((await snapshot.get('q/x'))?.value).toBe('q/x');
});
