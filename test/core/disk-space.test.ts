/** A build is begun where there is room for it. */
import { afterEach, expect, it } from 'vitest';
import { refuseFull } from '../../core/disk-space.ts';
import { parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
let world: TestEngine | undefined;
afterEach(async () => {
  await world?.dispose();
  world = undefined;
});

it('each place with less than is needed is named, with what is free there and what to type', () => {
  const spaces = [
    { path: '/data', freeMegabytes: 511 },
    { path: '/images', freeMegabytes: 512 },
  ];
  expect(() => refuseFull(spaces, 512)).toThrow(
    expect.objectContaining({
      code: 'E_DISK_SPACE',
      details: ['/data: 511 MB free'],
      hint: expect.stringContaining('octo clean'),
    }),
  );
  expect(() => refuseFull(spaces, 511)).not.toThrow();
});

it('a push without room for its build is refused before anything is built', async () => {
  world = testEngine({ builds: { minFreeMegabytes: 1_000_000_000, disks: ['/no/such/folder/yet'] } });
  const refused = world.engine.deploy([push(app)], world.operation());
  await expect(refused).rejects.toMatchObject({
    code: 'E_DISK_SPACE',
    step: 'build',
    site: 'app',
    details: [
      expect.stringMatching(/^\S+: \d+ MB free$/),
      expect.stringMatching(/^\/no\/such\/folder\/yet: \d+ MB/),
    ],
  });
  expect(world.roles.builder.calls.filter(({ method }) => method === 'build')).toEqual([]);
});
