/** A site file in the life of a site: what it says holds, until the server's settings say otherwise. */
import { afterEach, expect, it } from 'vitest';
import { parseBranchRef, parseDomain, parseSiteName } from '../../core/grammar.ts';
import { definePlugin } from '../../core/index.ts';
import type { Change } from '../../core/plan.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
let world: TestEngine;
afterEach(() => world.dispose());

const file = `instances: 2
check:
  timeout: 5
environment:
  COLOUR: red
  SHAPE: round
domains:
  - www.app.org
`;
const deploy = (files: Record<string, string>) =>
  world.engine.deploy([push(app, files)], world.operation()).then(([outcome]) => outcome?.release);
const change = (wanted: Change) => world.engine.change(app, wanted, world.operation());
const environment = () => {
  const calls = world.roles.runtime.calls.filter(({ method }) => method === 'start');
  const [request] = calls.at(-1)?.arguments ?? [];
  return (request as { spec: { environment: object } }).spec.environment;
};
const explained = async (...names: string[]) =>
  (await world.engine.explain(app))
    .filter(({ name }) => names.includes(name))
    .map(({ name, value, origin }) => `${name} = ${value} (${origin})`);

it('is part of the release, and its values are not shown with it', async () => {
  world = testEngine();
  const release = await deploy({ '.octohost.yml': file });
  expect(release).toMatchObject({
    count: 2,
    check: { timeoutSeconds: 5 },
    domains: ['app.example.com', 'www.app.org'],
    declared: { conf: { file: '.octohost.yml', lines: { CONTAINERS: 1, COLOUR: 5 } } },
  });
  expect(environment()).toEqual({ COLOUR: 'red', SHAPE: 'round' });
  expect(JSON.stringify(await world.engine.releases(app))).not.toContain('round');
});

it('a setting overrides it, and gives it back when it is removed', async () => {
  world = testEngine();
  await deploy({ '.octohost.yml': file });
  const set = { COLOUR: 'blue', CONTAINERS: '1' };
  expect((await change({ reason: 'configuration', settings: set })).release.count).toBe(1);
  expect(environment()).toEqual({ COLOUR: 'blue', SHAPE: 'round' });
  expect(await explained('instances', 'environment')).toEqual([
    'instances = 1 (setting CONTAINERS)',
    'environment = CONTAINER_NAME=app (default)',
    'environment = COLOUR (setting COLOUR)',
    'environment = SHAPE (.octohost.yml line 6)',
  ]);
  const none = { COLOUR: null, CONTAINERS: null };
  expect((await change({ reason: 'configuration', settings: none })).release.count).toBe(2);
  expect(environment()).toEqual({ COLOUR: 'red', SHAPE: 'round' });
  expect(await explained('instances')).toEqual(['instances = 2 (.octohost.yml line 1)']);
  expect((await world.engine.status(app)).changed).toBe(false);
});

it('is kept without a push, replaced by the next one, and comes back with its release', async () => {
  world = testEngine();
  await deploy({ '.octohost.yml': file });
  await deploy({ '.octohost.json': '{ "environment": { "COLOUR": "green" } }' });
  await change({ reason: 'reload', reload: true });
  expect(environment()).toEqual({ COLOUR: 'green' });
  expect((await deploy({}))?.declared).not.toHaveProperty('conf');
  const { release } = await world.engine.rollback(app, 1, world.operation());
  expect(release).toMatchObject({ count: 2, domains: ['app.example.com', 'www.app.org'] });
  expect(environment()).toEqual({ COLOUR: 'red', SHAPE: 'round' });
});

it('domains tell that they are of the site file', async () => {
  world = testEngine();
  await deploy({ '.octohost.yml': file, CNAME: 'c.app.org\n' });
  expect(await world.engine.domains(app)).toEqual([
    { domain: 'app.example.com', origin: 'default' },
    { domain: 'c.app.org', origin: 'CNAME' },
    { domain: 'www.app.org', origin: 'site file' },
  ]);
  expect(await explained('domain')).toContain('domain = www.app.org (site file)');
});

it.each([
  {
    what: 'mistakes',
    files: { '.octohost.yml': 'instnces: 2\nport: no\n' },
    error: {
      code: 'E_SITE_FILE',
      details: [
        'line 1: there is no key instnces; did you mean instances?',
        'line 2: port is not a whole number from 1 to 65535',
      ],
    },
  },
  { what: 'a twin', files: { '.octohost.yml': '', '.octohost.json': '{}' }, error: { code: 'E_SITE_FILES' } },
  {
    what: 'what does not go together',
    files: { '.octohost.yml': 'routing: { httpsOnly: true }' },
    error: { code: 'E_SETTINGS', details: [expect.stringContaining('SSL_FORCED needs a certificate')] },
  },
  {
    what: 'a domain of another site',
    files: { '.octohost.yml': 'domains: [other.example.com]' },
    error: { code: 'E_DOMAIN_TAKEN' },
  },
])('one with $what is refused before a build, in a preview too', async ({ files, error }) => {
  world = testEngine();
  const wrong = push(app, files);
  await expect(world.engine.preview([wrong], world.operation())).rejects.toMatchObject(error);
  await expect(world.engine.deploy([wrong], world.operation())).rejects.toMatchObject(error);
  expect(world.roles.builder.calls.map(({ method }) => method)).not.toContain('build');
});

it('a preview tells what it makes: names of the environment, never values', async () => {
  world = testEngine();
  const { sites } = await world.engine.preview([push(app, { '.octohost.yml': file })], world.operation());
  const [preview] = sites;
  expect(preview).toMatchObject({
    instances: { count: 2 },
    environment: { names: ['COLOUR', 'SHAPE'] },
    domains: [{ origin: 'default' }, { domain: 'www.app.org', origin: 'site file' }],
  });
  expect(JSON.stringify(preview)).not.toContain('round');
});

it('the defaults of the installation are weaker than everything of the site', async () => {
  world = testEngine({
    defaults: { instances: 3, gracePeriod: 1, environment: { TZ: 'UTC', COLOUR: 'grey' } },
  });
  expect(await deploy({ '.octohost.yml': file })).toMatchObject({ count: 2, graceSeconds: 1 });
  expect(environment()).toEqual({ TZ: 'UTC', COLOUR: 'red', SHAPE: 'round' });
  expect(await explained('gracePeriod', 'environment')).toEqual([
    'gracePeriod = 1 s (configuration defaults)',
    'environment = CONTAINER_NAME=app (default)',
    'environment = COLOUR (.octohost.yml line 5)',
    'environment = SHAPE (.octohost.yml line 6)',
    'environment = TZ (configuration defaults)',
  ]);
});

it('a branch leaves the domains of the site file to main', async () => {
  world = testEngine();
  const origin = (branch: string) => ({ repository: app, ref: parseBranchRef(`refs/heads/${branch}`) });
  const next = parseSiteName('app-next');
  await world.engine.deploy(
    [
      { ...push(app, { '.octohost.yml': file }), origin: origin('main') },
      { ...push(next, { '.octohost.yml': file }), origin: origin('next') },
    ],
    world.operation(),
  );
  expect((await world.engine.current(next))?.domains).toEqual(['app-next.example.com']);
  expect(world.told).toContain(
    'app-next says: www.app.org (site file) stays with app; app-next is without it',
  );
});

const smallBranches = definePlugin({
  name: 'small-branches',
  setup({ hooks }) {
    // A branch is looked at by few: whatever its site file says for main, one small instance is enough.
    hooks.modifySiteConf.tap('one-instance', (conf) =>
      conf.origin && conf.origin.repository !== conf.site
        ? { ...conf, values: { ...conf.values, CONTAINERS: '1', STAGE: 'preview' } }
        : undefined,
    );
  },
});

it('a plugin may change what it says, and that is kept with the release', async () => {
  world = testEngine({ more: [smallBranches] });
  const ref = parseBranchRef('refs/heads/next');
  const branch = {
    ...push(app, { '.octohost.yml': file }),
    origin: { repository: parseSiteName('shop'), ref },
  };
  expect((await world.engine.preview([branch], world.operation())).sites).toMatchObject([
    { instances: { count: 1 }, environment: { names: ['COLOUR', 'SHAPE', 'STAGE'] } },
  ]);
  await world.engine.deploy([branch], world.operation());
  await change({ reason: 'domains', addDomains: [parseDomain('b.org')] });
  expect(await world.engine.current(app)).toMatchObject({ count: 1 });
  expect(environment()).toEqual({ COLOUR: 'red', SHAPE: 'round', STAGE: 'preview' });
  expect(await explained('instances', 'check.timeout')).toEqual([
    'instances = 1 (modifySiteConf)',
    'check.timeout = 5 s (.octohost.yml line 3)',
  ]);
});

it.each([
  { CONTAINERS: 'many' },
  { SSL_KEY: 'x' },
  { OCTO_COLOUR: 'x' },
  { '1A': 'x' },
  { A: 'x\0' },
  { A: 5 as unknown as string },
])('a plugin that makes nonsense of it stops the deploy: %j', async (values) => {
  const plugin = definePlugin({
    name: 'nonsense',
    setup: ({ hooks }) => hooks.modifySiteConf.tap('it', (conf) => ({ ...conf, values })),
  });
  world = testEngine({ more: [plugin] });
  await expect(deploy({})).rejects.toMatchObject({ code: 'E_MODIFIER_RESULT', hook: 'modifySiteConf' });
});
