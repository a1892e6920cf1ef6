/** Services whose instance somebody removed by hand: the next operation on the site takes them out of the catalog. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseDomain, parseSettingKey, parseSiteName } from '../../core/grammar.ts';
import type { Instance } from '../../core/release.ts';
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
  (await world.roles.registrar.list(app)).map((one) => one.kind === 'instance' && one.instance);
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
