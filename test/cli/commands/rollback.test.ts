import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine();
  site = await sample();
  await line.octo('deploy', 'app', site.folder);
  await writeFile(join(site.folder, 'changed'), 'yes');
  await line.octo('deploy', 'app', site.folder);
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

it('octo rollback goes back to the release before, and releases tells so', async () => {
  const { stdout, code } = await line.octo('rollback', 'app');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Release 3 of app is current/);
  expect((await line.octo('releases', 'app')).stdout).toMatch(/^3 \* .* rollback to 1 /m);
  expect(line.background).toContainEqual(['app']);
});

it('octo rollback to a number, as JSON', async () => {
  expect((await line.octo('rollback', 'app', '2', '--json')).json()).toMatchObject({
    release: 3,
    applied: true,
  });
});

it.each([
  { words: ['rollback', 'app', '9'], code: 1, says: 'E_RELEASE_UNKNOWN' },
  { words: ['rollback', 'app', 'first'], code: 2, says: 'E_ARGUMENTS' },
  { words: ['rollback', 'none'], code: 2, says: 'E_SITE_NEVER_RELEASED' },
])('octo $words is refused', async ({ words, code, says }) => {
  const refused = await line.octo(...words);
  expect(refused.code).toBe(code);
  expect(refused.stderr).toContain(says);
});
