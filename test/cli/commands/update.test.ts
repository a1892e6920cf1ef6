import { expect, it } from 'vitest';
import { updateSteps } from '../../../cli/update-steps.ts';
import { keys } from '../../../core/keys.ts';
import { commandLine } from '../command-line.ts';

it.each([
  {
    kind: 'clone' as const,
    steps: ['git -C /opt/octohost pull --ff-only', 'npm --prefix /opt/octohost run setup', 'octo update'],
  },
  {
    kind: 'tarball' as const,
    steps: [
      `tar -xzf octohost-VERSION-${process.platform}-${process.arch}.tar.gz -C /opt/octohost --strip-components=1`,
      'octo update',
    ],
  },
  { kind: 'package' as const, steps: ['npm install --global octohost@latest', 'octo update'] },
])('a $kind is replaced by its own tool', ({ kind, steps }) => {
  expect(updateSteps({ kind, root: '/opt/octohost' })).toEqual(steps);
});

it('takes over the store and says what it did', async () => {
  const line = commandLine();
  const { stdout, code } = await line.octo('update');
  expect(code).toBe(0);
  expect(stdout).toContain('The next version comes by:');
  expect(stdout).toContain('Nothing to do.');
  await line.octo('config:set', 'app', 'A=1');
  expect(line.roles.store.dump()).toHaveProperty([keys.schema]);
  expect((await line.octo('update', '--json')).json()).toMatchObject({
    octohost: expect.stringMatching(/^\d/),
    steps: expect.arrayContaining(['octo update']),
    actions: [],
    problems: [],
  });
  await line.dispose();
});
