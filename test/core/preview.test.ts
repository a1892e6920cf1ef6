/** What a push would do, told without doing it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseBranchRef, parseSiteName } from '../../core/grammar.ts';
import type { Push } from '../../core/source.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import type { Call } from '../testing/observe.ts';

const app = parseSiteName('app');
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const changing = ['build', 'start', 'keep', 'stop', 'transact', 'register', 'deregister', 'prepare', 'apply'];
/** The calls of every role that would change something. */
const changes = () => {
  const roles: readonly { calls: readonly Call[] }[] = Object.values({ ...world.roles });
  return roles.flatMap(({ calls }) => calls.filter(({ method }) => changing.includes(method)));
};
const preview = async (...pushes: Push[]) => {
  const before = changes().length;
  try {
    return await world.engine.preview(pushes);
  } finally {
    expect(changes()).toHaveLength(before);
  }
};

it('tells of a new site what would be built and where it would answer', async () => {
  await world.engine.setSettings(app, { COLOUR: 'secret', CONTAINERS: '3' } as never);
  expect(await preview(push(app, { CNAME: 'shop.example.org\n' }))).toEqual([
    {
      site: 'app',
      release: 1,
      builds: 'Dockerfile (memory)',
      instances: 3,
      environment: ['COLOUR'],
      domains: [
        { domain: 'app.example.com', origin: 'default' },
        { domain: 'shop.example.org', origin: 'CNAME' },
      ],
    },
  ]);
});

it('tells that nothing would be built of the tree that runs', async () => {
  await world.engine.deploy([push(app)], world.operation());
  const [same] = await preview(push(app));
  expect(same).toMatchObject({ release: 2, current: 1 });
  expect(same).not.toHaveProperty('builds');
  expect(await preview({ ...push(app), force: true })).toMatchObject([{ builds: 'Dockerfile (memory)' }]);
});

it('tells which branch the site would be taken from', async () => {
  const from = (branch: string) => ({ repository: app, ref: parseBranchRef(`refs/heads/${branch}`) });
  await world.engine.deploy([{ ...push(app), origin: from('main') }], world.operation());
  const taking = { ...push(app), origin: from('master'), takesFrom: from('main') };
  expect(await preview(taking)).toMatchObject([{ takesFrom: from('main') }]);
});

const other = parseSiteName('other');

it.each([
  {
    what: 'nothing builds',
    pushed: { site: app, source: { kind: 'image', reference: 'x' } } as const,
    code: 'E_NO_BUILDER',
  },
  {
    what: 'asks for a domain of another site',
    pushed: push(app, { CNAME: 'taken.example.org' }),
    code: 'E_DOMAIN_TAKEN',
  },
  { what: 'has a CNAME that is none', pushed: push(app, { CNAME: 'x; y' }), code: 'E_DOMAIN' },
])('refuses what the deploy would refuse: a push that $what', async ({ pushed, code }) => {
  await world.engine.deploy([push(other, { CNAME: 'taken.example.org' })], world.operation());
  await expect(preview(pushed)).rejects.toMatchObject({ code });
});
