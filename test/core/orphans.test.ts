/** Services whose instance somebody removed by hand: the next operation on the site takes them out of the catalog. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDomain, parseSettingKey, parseSiteName } from '../../core/grammar.ts';
import type { Instance } from '../../core/release.ts';
import type { CatalogEntry } from '../../core/roles.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
let world: TestEngine;
let gone: Instance;
beforeEach(async () => {
  world = testEngine();
  await world.engine.setSettings(app, { [parseSettingKey('CONTAINERS')]: '2' });
  await world.engine.deploy([push(app)], world.operation());
  [gone] = (await world.roles.runtime.list(app)) as [Instance];
  await world.roles.runtime.vanish(gone);
});
afterEach(() => world.dispose());

const registered = async () =>
  (await world.roles.registrar.list(app)).flatMap((one) => (one.kind === 'instance' ? [one.instance] : []));
const running = async () => (await world.roles.runtime.list(app)).map(({ id }) => id);

it.each([
  { what: 'a push', does: () => world.engine.deploy([push(app, { a: '2' })], world.operation()) },
  {
    what: 'a change that starts nothing',
    does: () =>
      world.engine.change(
        app,
        { reason: 'domains', addDomains: [parseDomain('shop.test')] },
        world.operation(),
      ),
  },
])('$what: the routes and the catalog have only what runs', async ({ does }) => {
  await does();
  await world.engine.finishRetiring([app], world.operation());
  expect((await registered()).toSorted()).toEqual((await running()).toSorted());
  expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(2);
});

it.each([
  { what: 'a stop', does: () => world.engine.stop(app, world.operation()) },
  { what: 'a removal', does: () => world.engine.remove(app, { volumes: false }, world.operation()) },
  {
    what: 'a version without a port',
    async does() {
      world.roles.runtime.behave({ kind: 'exits', code: 0 });
      await world.engine.deploy([push(app, { Dockerfile: 'FROM scratch\n' })], world.operation());
      await world.engine.finishRetiring([app], world.operation());
    },
  },
])('$what: nothing is left in the catalog', async ({ does }) => {
  await does();
  expect(await registered()).toEqual([]);
});

describe('a service at another address, with the spec of the current release', () => {
  const elsewhere = async () => {
    const [own] = (await world.roles.registrar.list(app)) as [CatalogEntry & { kind: 'instance' }];
    const { health: _, ...service } = own;
    const other = { ...service, id: 'app-10.0.0.7-8080', address: '10.0.0.7', port: 8080 };
    return { ...other, instance: 'of another host' };
  };

  it('is routed like our own, and converge leaves it where it is', async () => {
    await world.roles.registrar.register(await elsewhere());
    await world.engine.converge(undefined, world.operation());
    await world.engine.removeOrphans([app], world.operation());
    expect(world.roles.router.upstreamsOf('app.example.com')).toContain('10.0.0.7:8080');
    expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(3);
    expect((await world.engine.converge(undefined, world.operation())).actions).toEqual([]);
  });

  it('is routed no more once another version is current', async () => {
    await world.roles.registrar.register(await elsewhere());
    await world.engine.deploy([push(app, { a: '2' })], world.operation());
    await world.engine.finishRetiring([app], world.operation());
    expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(2);
    expect(world.roles.router.upstreamsOf('app.example.com')).not.toContain('10.0.0.7:8080');
  });
});
