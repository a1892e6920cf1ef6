/** A site in maintenance: the router answers, the instances go on. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { routesOf, withChanges } from '../../core/routes.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const [app, other] = [parseSiteName('app'), parseSiteName('other')];
let world: TestEngine;
beforeEach(async () => {
  world = testEngine();
  await world.engine.deploy([push(app), push(other)], world.operation());
});
afterEach(() => world.dispose());

const set = (on: boolean) => world.engine.setMaintenance(app, on, world.operation());
const ask = async (site: string) => (await world.roles.router.request(`${site}.example.com`)).status;
const maintenance = async () => (await world.engine.status(app)).maintenance;

it('answers for the site alone, and leaves its instances and its release', async () => {
  const before = [await world.engine.instances(app), await world.engine.releases(app)];
  expect(await set(true)).toBe(true);
  expect([await ask('app'), await ask('other'), await maintenance()]).toEqual([503, 200, true]);
  expect([await world.engine.instances(app), await world.engine.releases(app)]).toEqual(before);
  expect(await set(false)).toBe(true);
  expect([await ask('app'), await maintenance()]).toEqual([200, false]);
});

it('changes nothing where it is so already', async () => {
  expect(await set(false)).toBe(false);
  await set(true);
  const { generations } = world.roles.router;
  const before = generations.length;
  expect(await set(true)).toBe(false);
  expect(generations).toHaveLength(before);
});

it('stays through deploy, rollback, stop, start and converge, which finds nothing to do', async () => {
  await set(true);
  await world.engine.deploy([push(app, { a: '2' })], world.operation());
  await world.engine.rollback(app, undefined, world.operation());
  // The old instances have ended after the first one.
  await world.engine.converge(undefined, world.operation());
  expect((await world.engine.converge(undefined, world.operation())).actions).toEqual([]);
  expect(await ask('app')).toBe(503);
  await world.engine.stop(app, world.operation());
  await world.engine.change(app, { reason: 'start' }, world.operation());
  expect([await ask('app'), await maintenance()]).toEqual([503, true]);
  await set(false);
  expect(await ask('app')).toBe(200);
});

it('that the router does not take is not stored', async () => {
  world.roles.router.refuse('app', new Error('no'));
  await expect(set(true)).rejects.toThrow('no');
  expect([await maintenance(), await ask('app')]).toEqual([false, 200]);
});

it('needs a site that has a release, and goes with it', async () => {
  const unknown = parseSiteName('unknown');
  await expect(world.engine.setMaintenance(unknown, true, world.operation())).rejects.toMatchObject({
    code: 'E_SITE_UNKNOWN',
  });
  await set(true);
  await world.engine.remove(app, { volumes: false }, world.operation());
  expect(await world.roles.store.list('octohost-state/maintenance/')).toEqual([]);
  await world.engine.deploy([push(app)], world.operation());
  expect(await ask('app')).toBe(200);
});

it('is a part of the routes as they are going to be', () => {
  const pointer = { site: app, release: 1, stopped: false, spec: 's', domains: [] };
  const view = {
    pointers: [pointer],
    retirings: [],
    catalog: [],
    byHand: [],
    maintenance: new Set<typeof app>(),
    certificates: new Map(),
  };
  const on = withChanges(view, { maintenance: [{ site: app, on: true }] });
  expect(routesOf(on)).toEqual([{ site: app, domains: [], upstreams: [], maintenance: true }]);
  const off = withChanges(on, { maintenance: [{ site: app, on: false }] });
  expect(routesOf(off)).toEqual([{ site: app, domains: [], upstreams: [] }]);
});
