/** A site that lost its instances: they come back some at a time, and each is led to as soon as it is proven. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import type { Instance } from '../../core/release.ts';
import { eventually } from '../contracts/fixture.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const domain = 'app.example.com';
let world: TestEngine;

const addressOf = ({ bindings: [binding] }: Instance) => `${binding?.hostAddress}:${binding?.hostPort}`;
const routed = () => world.roles.router.upstreamsOf(domain)?.toSorted() ?? [];

async function lost(count: number): Promise<void> {
  await world.engine.deploy([push(app)], world.operation());
  await world.engine.change(
    app,
    { reason: 'scale', settings: { CONTAINERS: String(count), OCTO_CHECK_STATUS: '200' } },
    world.operation(),
  );
  for (const one of await world.engine.instances(app)) await world.roles.runtime.vanish(one);
}

beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

it('an instance is led to while another one has not proven itself yet', async () => {
  await lost(2);
  let ready = false;
  world.roles.runtime.behave(({ index }) => ({
    kind: 'answers',
    get status() {
      return index === 1 || ready ? 200 : 503;
    },
  }));
  const converged = world.engine.converge([app], world.operation());
  await eventually('the first one to be led to', async () => {
    const [proven, ...others] = await world.engine.instances(app);
    return proven !== undefined && others.length === 0 && routed().includes(addressOf(proven));
  });
  expect(await world.roles.runtime.list(app)).toHaveLength(2);
  ready = true;
  const { actions, problems } = await converged;
  expect(problems).toEqual([]);
  expect(routed()).toEqual((await world.engine.instances(app)).map(addressOf).toSorted());
  const registered = actions.filter(({ did }) => did.startsWith('registered '));
  expect(new Set(registered.map(({ did }) => did)).size).toBe(2);
  expect(registered).toHaveLength(2);
});

it('two for each core are started at the same time, whatever sites they are of, and no more', async () => {
  await lost(12);
  const { runtime } = world.roles;
  const start = runtime.start.bind(runtime);
  let starting = 0;
  let most = 0;
  Object.assign(runtime, {
    async start(...given: Parameters<typeof start>) {
      most = Math.max(most, ++starting);
      return start(...given).finally(() => starting--);
    },
  });
  const [{ problems }] = await Promise.all([
    world.engine.converge([app], world.operation()),
    world.engine.deploy([push(parseSiteName('other'))], world.operation()),
  ]);
  expect(problems).toEqual([]);
  expect(await world.engine.instances(app)).toHaveLength(12);
  expect(most).toBe(4);
});

it('what the catalog does not take is started all the same, and told of once', async () => {
  await lost(3);
  const repair = world.roles.registrar.faults.on('register', new Error('denied'));
  const { problems } = await world.engine.converge([app], world.operation());
  expect(problems).toMatchObject([{ site: app, error: { message: 'denied' } }]);
  expect(await world.engine.instances(app)).toHaveLength(3);
  repair();
  const { actions } = await world.engine.converge([app], world.operation());
  expect(actions.filter(({ did }) => did.startsWith('started '))).toEqual([]);
  expect(routed()).toHaveLength(3);
});
