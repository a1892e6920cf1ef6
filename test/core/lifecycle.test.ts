/** READ FIRST of the tests: what happens in a deploy, in order, as a plugin sees it. */
import { afterEach, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryPublisher } from '../testing/memory-publisher.ts';

const app = parseSiteName('app');
let world: TestEngine;
afterEach(() => world.dispose());

it('a first push is received, built, started, registered, routed, published, settled', async () => {
  world = testEngine({ publisher: memoryPublisher() });
  await world.engine.deploy([push(app)], world.operation());
  expect(world.recorder.lifecycle()).toEqual([
    'received',
    'built',
    'started',
    'registered',
    'routed',
    'published',
    'settled',
  ]);
});

it('a second push ends what the first one started, once the new one is routed', async () => {
  world = testEngine();
  await world.engine.deploy([push(app)], world.operation());
  world.recorder.clear();
  await world.engine.deploy([push(app, { 'index.html': 'changed' })], world.operation());
  await world.engine.finishRetiring([app], world.operation());
  expect(world.recorder.lifecycle()).toEqual([
    'received',
    'built',
    'started',
    'registered',
    'routed',
    'settled',
    'retired',
  ]);
});

it('every rung shows the facts of the one below, and one more', async () => {
  world = testEngine({ publisher: memoryPublisher() });
  await world.engine.deploy([push(app)], world.operation());
  const facts = (name: Parameters<typeof world.recorder.payloads>[0]) =>
    Object.keys(world.recorder.payloads(name)[0]);
  expect(facts('received')).toEqual(expect.arrayContaining(['deploy', 'site', 'reason', 'actor', 'source']));
  expect(facts('built')).toEqual(expect.arrayContaining(['deploy', 'site', 'image']));
  expect(facts('started')).toEqual(expect.arrayContaining(['image', 'instances']));
  expect(facts('registered')).toEqual(expect.arrayContaining(['instances', 'services']));
  expect(facts('routed')).toEqual(expect.arrayContaining(['services', 'release', 'urls']));
  expect(facts('published')).toEqual(expect.arrayContaining(['release', 'reference']));
  expect(facts('settled')).toEqual(expect.arrayContaining(['release', 'urls', 'steps']));
  await world.engine.remove(app, { volumes: false }, world.operation());
  expect(world.recorder.payloads('removed')).toEqual([
    { site: app, actor: 'me', domains: ['app.example.com'], volumes: [] },
  ]);
});

it('a deploy that fails is told as failed and settled, and nothing after the failing step', async () => {
  world = testEngine();
  world.roles.runtime.behave({ kind: 'exits', code: 3 });
  await expect(world.engine.deploy([push(app)], world.operation())).rejects.toMatchObject({
    code: 'E_CHECK_DEAD',
    step: 'start',
    site: 'app',
  });
  expect(world.recorder.lifecycle()).toEqual(['received', 'built', 'failed', 'settled']);
  expect(world.recorder.payloads('settled')[0]).toMatchObject({ outcome: 'failed' });
});

it('a site without HTTP is neither registered nor routed, and neither is announced', async () => {
  world = testEngine();
  world.roles.runtime.behave({ kind: 'exits', code: 0 });
  await world.engine.deploy([push(app, { Dockerfile: 'FROM scratch\n' })], world.operation());
  expect(world.recorder.lifecycle()).toEqual(['received', 'built', 'started', 'settled']);
});

it('modifiers are asked before the value is used', async () => {
  world = testEngine({
    more: [
      {
        name: 'changer',
        setup({ hooks }) {
          hooks.modifyBuild.tap('argument', (build) => ({ ...build, arguments: { V: '2' } }));
          hooks.modifySpec.tap('environment', (spec) => ({
            ...spec,
            environment: { ...spec.environment, ADDED: 'yes' },
          }));
          hooks.modifyService.tap('tag', (service) => ({ ...service, tags: [...service.tags, 'green'] }));
          hooks.modifyRoute.tap('domain', (route) => ({
            ...route,
            domains: [...route.domains, 'more.example.org' as never],
          }));
        },
      },
    ],
  });
  await world.engine.deploy([push(app)], world.operation());
  const call = (role: keyof typeof world.roles, method: string) =>
    world.roles[role].calls.find((one) => one.method === method)?.arguments[0];
  expect(call('builder', 'build')).toMatchObject({ arguments: { V: '2' } });
  expect(call('runtime', 'start')).toMatchObject({ spec: { environment: { ADDED: 'yes' } } });
  expect(call('registrar', 'register')).toMatchObject({ tags: ['http', 'green'] });
  expect(world.roles.router.upstreamsOf('more.example.org')).toHaveLength(1);
});
