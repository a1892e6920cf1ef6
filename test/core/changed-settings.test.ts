/** A key that was changed behind octohost's back is wanted configuration: status says so, the next release takes it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseDomain, parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
let world: TestEngine;
beforeEach(async () => {
  world = testEngine();
  await world.engine.setSettings(app, { COLOUR: 'red' } as never);
  await world.engine.deploy([push(app)], world.operation());
  await world.engine.change(app, { reason: 'domains', domains: [parseDomain('a.org')] }, world.operation());
});
afterEach(() => world.dispose());

const changed = async () => (await world.engine.status(app)).changed;
const write = (key: string, value: string | undefined) =>
  world.roles.store.transact([
    value === undefined
      ? { kind: 'delete', key: `octohost/app/${key}` }
      : { kind: 'set', key: `octohost/app/${key}`, value },
  ]);

it.each([
  { key: 'COLOUR', value: 'blue' },
  { key: 'COLOUR', value: undefined },
  { key: 'NEW', value: '' },
  { key: 'CONTAINERS', value: '2' },
  { key: 'CONTAINERS', value: 'nonsense' },
  { key: 'MEMORY_LIMIT', value: '1g' },
  { key: 'SSL_KEY', value: 'x' },
  { key: 'CUSTOM_CHECK', value: 'http://x' },
  { key: 'OCTO_CHECK_TIMEOUT', value: '5' },
  { key: 'NO_HTTP_PROXY', value: '1' },
  { key: 'DOMAINS', value: 'app.example.com b.org' },
  { key: 'DOMAINS', value: 'x; return 301' },
])('$key = $value is a change', async ({ key, value }) => {
  expect(await changed()).toBe(false);
  await write(key, value);
  expect(await changed()).toBe(true);
});

it('is none any more once a release has taken it', async () => {
  await write('CONTAINERS', '2');
  await write('DOMAINS', 'app.example.com b.org');
  const { release } = await world.engine.change(app, { reason: 'reload' }, world.operation());
  expect(release).toMatchObject({ count: 2, domains: ['app.example.com', 'b.org'] });
  expect(await changed()).toBe(false);
});

it('is none where the old value came back', async () => {
  await write('COLOUR', 'blue');
  await write('COLOUR', 'red');
  expect(await changed()).toBe(false);
});

it('is one where domains were stored for the next release', async () => {
  await world.engine.setSettings(app, {}, { addDomains: [parseDomain('b.org')] });
  expect(await changed()).toBe(true);
  expect(await world.engine.domains(app)).toContainEqual({ domain: 'b.org', origin: 'domains:set' });
  expect(world.roles.router.upstreamsOf('b.org')).toBeUndefined();
  await world.engine.change(app, { reason: 'reload' }, world.operation());
  expect(world.roles.router.upstreamsOf('b.org')).toHaveLength(1);
  expect(await changed()).toBe(false);
});
