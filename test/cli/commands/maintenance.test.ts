import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine();
  site = await sample();
  await line.octo('deploy', 'app', site.folder);
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

it('octo maintenance lets the router answer, shows it in the status, and ends it', async () => {
  const on = await line.octo('maintenance', 'on', 'app');
  expect({ code: on.code, stdout: on.stdout }).toEqual({
    code: 0,
    stdout: 'The router answers for app from now on; octo maintenance:off app ends it.\n',
  });
  expect(await line.roles.router.request('app.example.com')).toMatchObject({ status: 503 });
  expect((await line.octo('status')).stdout).toMatch(/^app +maintenance \*/m);
  expect((await line.octo('status', 'app')).stdout).toContain('octo maintenance:off app ends it');
  expect((await line.octo('status', 'app', '--json')).json()).toMatchObject({
    state: 'up',
    maintenance: true,
  });
  expect((await line.octo('maintenance:on', 'app', '--json')).json()).toEqual({
    site: 'app',
    maintenance: true,
    changed: false,
  });
  expect((await line.octo('maintenance', 'off', 'app')).stdout).toBe('app answers again.\n');
  expect(await line.roles.router.request('app.example.com')).toMatchObject({ status: 200 });
  expect((await line.octo('maintenance', 'off', 'app')).stdout).toBe('app was in no maintenance.\n');
});

it('octo maintenance refuses a site that is none', async () => {
  const { code, stderr } = await line.octo('maintenance', 'on', 'unknown');
  expect(code).toBe(2);
  expect(stderr).toContain('E_SITE_UNKNOWN');
  expect(stderr).not.toContain('Did you mean');
});

it.each(['apq', 'ap'])('a site whose name was mistyped as %s is named', async (typed) => {
  for (const words of [
    ['maintenance', 'on', typed],
    ['logs', typed],
    ['run', typed, '--', 'x'],
  ]) {
    const { stderr } = await line.octo(...words);
    expect(stderr, words.join(' ')).toContain('Did you mean app?');
  }
});
