/** What others wrote into the store or the catalog and octohost cannot use. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSettingKey, parseSiteName } from '../../core/grammar.ts';
import { ownerOf } from '../../core/unusable.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
const half = 'octohost/app/HALF';
let world: TestEngine;
beforeEach(async () => {
  world = testEngine();
  await world.engine.deploy([push(app), push(other)], world.operation());
});
afterEach(() => world.dispose());

const names = async (site?: typeof app) => (await world.engine.unusable(site)).map(({ name }) => name);
const put = (key: string, value: string) => world.roles.store.transact([{ kind: 'set', key, value }]);

describe('a setting that is no text', () => {
  beforeEach(() => world.roles.store.spoil(half));

  it('is shown, and stops a release of its site before anything is built; others go on', async () => {
    expect(await world.engine.unusable(app)).toEqual([
      { where: 'store', name: half, site: 'app', problem: 'is not Unicode text' },
    ]);
    expect(await names(other)).toEqual([]);
    const built = world.roles.builder.calls.length;
    const refused = { code: 'E_SETTING_UNUSABLE', message: expect.stringContaining(half) };
    await expect(world.engine.deploy([push(app, { a: '2' })], world.operation())).rejects.toMatchObject(
      refused,
    );
    await expect(world.engine.preview([push(app)], world.operation())).rejects.toMatchObject(refused);
    expect(world.roles.builder.calls.filter(({ method }) => method === 'build')).toHaveLength(2);
    expect(world.roles.builder.calls.length).toBeGreaterThanOrEqual(built);
    await world.engine.deploy([push(other, { a: '2' })], world.operation());
    expect((await world.engine.current(app))?.number).toBe(1);
    expect((await world.engine.current(other))?.number).toBe(2);
  });

  it('stops neither a rollback, a stop nor converge', async () => {
    await world.engine.change(other, { reason: 'reload', reload: true }, world.operation());
    world.roles.store.spoil('octohost/other/HALF');
    await world.engine.rollback(other, 1, world.operation());
    await world.engine.stop(app, world.operation());
    expect((await world.engine.converge(undefined, world.operation())).problems).toEqual([]);
    expect(await names()).toEqual([half, 'octohost/other/HALF']);
  });

  it.each([
    { what: 'written', value: 'whole' },
    { what: 'taken away', value: null },
  ])('is repaired by a change in which it is $what', async ({ value }) => {
    const reload = { reason: 'reload', reload: true } as const;
    await expect(world.engine.change(app, reload, world.operation())).rejects.toMatchObject({
      code: 'E_SETTING_UNUSABLE',
    });
    await world.engine.change(app, { reason: 'configuration', settings: { HALF: value } }, world.operation());
    expect(await names()).toEqual([]);
  });

  it('is repaired for later, too', async () => {
    await world.engine.setSettings(app, { [parseSettingKey('HALF')]: 'whole' });
    await world.engine.deploy([push(app)], world.operation());
  });
});

it.each([
  { key: 'octohost-state/retiring/app', site: 'app' },
  { key: 'octohost-state/deploys/app/d1', site: 'app' },
  { key: 'octohost-state/keys/me', site: undefined },
])('a half-written $key is shown, and left as it is', async ({ key, site }) => {
  await put(key, '{"site":"ap');
  await put('octohost-state/leases/x', JSON.stringify({ number: 1, holder: null }));
  expect(await world.engine.unusable()).toMatchObject([
    { where: 'store', name: key, problem: expect.any(String) },
  ]);
  expect(await names(app)).toEqual(site === 'app' ? [key] : []);
  await world.engine.converge([other], world.operation());
  expect(world.roles.store.dump()[key]).toBe('{"site":"ap');
});

it('a site whose pointer is half-written is still one of the sites', async () => {
  await put('octohost-state/sites/app', '{"site":"ap');
  expect(await world.engine.sites()).toEqual(['app', 'other']);
  expect(await names(app)).toEqual(['octohost-state/sites/app']);
});

it('a service of the same name that somebody else registered is shown, and told of at a deploy', async () => {
  const problem = 'at 10.9.8.7:80 was not registered by this octohost, and is not routed';
  world.roles.registrar.registerForeign('app', { name: 'app-theirs', problem });
  const found = { where: 'catalog', name: 'app-theirs', problem, site: 'app' };
  expect(await world.engine.unusable()).toEqual([found]);
  expect(await world.engine.unusable(app)).toEqual([found]);
  expect(await names(other)).toEqual([]);
  await world.engine.deploy([push(app, { a: '2' })], world.operation());
  expect(world.told).toContain(`app warn: the service app-theirs in the catalog ${problem}`);
});

it.each([
  ['octohost/app/KEY', 'app'],
  ['octohost/App!/KEY', undefined],
  ['octohost-state/sites/app', 'app'],
  ['octohost-state/deploys/app/x', 'app'],
  ['octohost-state/maintenance/app', 'app'],
  ['octohost-state/keys/app', undefined],
])('%s is of %s', (key, site) => {
  expect(ownerOf(key).site).toBe(site);
});
