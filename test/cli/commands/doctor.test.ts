import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckResult, definePlugin } from '../../../core/index.ts';
import { type CommandLine, commandLine, type Result } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  site = await sample();
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

const checked = (state: 'ok' | 'warning' | 'failed') =>
  definePlugin({
    name: 'mysql',
    setup({ check }) {
      check({
        name: 'answers',
        summary: 'Whether it answers.',
        why: 'Sites need it.',
        run: async () => ({ state, message: 'So.', hint: 'Do.' }),
      });
    },
  });

/** Disk, clock, files and sshd are those of the machine that runs the test. */
const ofHost = ['disk', 'files', 'keys', 'ssh'];
const checksOf = (result: Result) => result.json()['checks'] as CheckResult[];
const wrong = (result: Result) =>
  checksOf(result)
    .filter(({ state, check }) => state !== 'ok' && !ofHost.includes(check))
    .map(({ check, site: of }) => (of ? `${of} ${check}` : check));

describe('octo doctor', () => {
  it.each([
    { state: 'ok', shown: 'ok       mysql answers: So.\n' },
    {
      state: 'warning',
      shown: 'warning  mysql answers: So.\n         Sites need it.\n         Try this: Do.\n',
    },
    {
      state: 'failed',
      shown: 'failed   mysql answers: So.\n         Sites need it.\n         Try this: Do.\n',
    },
  ] as const)('tells a check of a plugin that is $state', async ({ state, shown }) => {
    line = commandLine({ more: [checked(state)] });
    expect((await line.octo('doctor')).stdout).toContain(shown);
    const asked = await line.octo('doctor', '--json');
    expect(asked.code).toBe(checksOf(asked).some((one) => one.state === 'failed') ? 1 : 0);
    expect(checksOf(asked)).toContainEqual({
      plugin: 'mysql',
      check: 'answers',
      summary: 'Whether it answers.',
      why: 'Sites need it.',
      state,
      message: 'So.',
      hint: 'Do.',
    });
  });

  it('exits with 1 where something failed, and with --quiet tells nothing else', async () => {
    line = commandLine({ more: [checked('failed')], authorizedKeys: join(site.folder, 'keys') });
    const { code, stdout, stderr } = await line.octo('doctor', '--quiet');
    expect(code).toBe(1);
    expect(stdout).not.toMatch(/^ok /m);
    expect(stderr).toMatch(/^[12] failed, 0 warnings, /);
  });

  it('mends with --fix what is not as it should be, says so, and then finds nothing', async () => {
    line = commandLine({ authorizedKeys: join(site.folder, 'keys') });
    await line.octo('deploy', 'app', site.folder, '--wait');
    expect(wrong(await line.octo('doctor', '--json'))).toEqual([]);
    const [one] = await line.roles.runtime.list();
    await line.roles.runtime.vanish(one as never);
    line.roles.router.kill();
    expect(wrong(await line.octo('doctor', '--json'))).toEqual([
      'routes',
      'app missing-instances',
      'app left-services',
      'app ports',
    ]);
    const fixed = await line.octo('doctor', '--fix', '--json');
    expect(fixed.json()['fixed']).toMatchObject({
      actions: expect.arrayContaining([{ site: 'app', did: expect.stringMatching(/^started app-/) }]),
      problems: [],
    });
    expect(wrong(fixed)).toEqual([]);
    expect((await line.octo('doctor', '--fix', '--json')).json()['fixed']).toEqual({
      actions: [],
      problems: [],
    });
  });

  it('tells of a key file that is not as it was written, and writes it', async () => {
    const keys = join(site.folder, 'authorized_keys');
    line = commandLine({ authorizedKeys: keys });
    const key = `ssh-ed25519 ${Buffer.from(`\0\0\0\x0bssh-ed25519\0\0\0 ${'k'.repeat(32)}`, 'latin1').toString('base64')} ann`;
    const added = await line.octoWith({ stdin: `${key}\n` }, 'keys:add', 'ann');
    expect(added.code, added.stderr).toBe(0);
    const look = async () =>
      checksOf(await line.octo('doctor', '--json')).filter(({ check }) => check === 'keys');
    expect(await look()).toMatchObject([{ state: 'ok' }]);
    await rm(keys);
    expect(await look()).toMatchObject([{ state: 'failed', hint: 'octo doctor --fix' }]);
    expect((await line.octo('doctor', '--fix')).stdout).toContain(`wrote ${keys}`);
    expect(await look()).toMatchObject([{ state: 'ok' }]);
  });
});
