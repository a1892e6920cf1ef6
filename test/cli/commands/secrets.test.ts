/** Secrets at the command line: never a word of a command, and shown only to who asks. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

const app = parseSiteName('app');
const secret = 'hunter2 hunter2';
let line: CommandLine;
let site: Sample;
beforeEach(async () => {
  line = commandLine();
  site = await sample();
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
});

const set = (stdin = `${secret}\n`, ...words: string[]) =>
  line.octoWith({ stdin }, 'config:set', '--secret', ...(words.length > 0 ? words : ['app/TOKEN']));
const settings = () => line.engine().settings(app);
const stored = () => JSON.stringify(line.roles.store.dump());

describe('config:set --secret', () => {
  it.each([{ words: ['app/TOKEN'] }, { words: ['app', 'TOKEN'] }, { words: ['app/TOKEN', '-'] }])(
    'takes the value of $words from stdin, and keeps it encrypted',
    async ({ words }) => {
      const { code, stdout, stderr } = await set(`${secret}\n`, ...words);
      expect(code).toBe(0);
      expect(stdout + stderr + stored()).not.toContain('hunter2');
      expect(await settings()).toEqual({ TOKEN: secret });
    },
  );

  it('asks at a keyboard, up to Enter, and shows nothing of what is typed', async () => {
    const typed = { terminal: true, stdin: `${secret}\nnext line\n` };
    const { code, stdout, stderr } = await line.octoWith(typed, 'config:set', '--secret', 'app/TOKEN');
    expect(code).toBe(0);
    expect(stderr).toContain('The value of TOKEN: ');
    expect(stdout + stderr).not.toContain('hunter2');
    expect(await settings()).toEqual({ TOKEN: secret });
  });

  it('at a keyboard sets nothing after Ctrl-C or Ctrl-D', async () => {
    for (const stdin of ['half\u0003', '\u0004', '']) {
      const { code } = await line.octoWith({ terminal: true, stdin }, 'config:set', '--secret', 'app/TOKEN');
      expect(code).toBe(130);
    }
    expect(await settings()).toEqual({});
  });

  it.each([
    { words: ['app/TOKEN', secret], error: 'E_SECRET_WORDS' },
    { words: ['app', `TOKEN=${secret}`], error: 'E_SECRET_WORDS' },
    { words: ['app', 'TOKEN', secret], error: 'E_SECRET_WORDS' },
    { words: ['app', secret], error: 'E_SECRET_WORDS' },
    { words: ['app'], error: 'E_SECRET_WORDS' },
    { words: ['App/TOKEN'], error: 'E_SITE_NAME' },
    { words: ['app/CONTAINERS'], error: 'E_SETTING_VALUE' },
    { words: ['app/OCTO_X'], error: 'E_SETTING_UNKNOWN' },
    { words: ['app/MEMORY_LIMIT'], stdin: '1g', error: 'E_SETTING_PLAIN' },
    { words: ['app/TOKEN'], stdin: 'x\0y', error: 'E_SETTING_VALUE' },
  ])('refuses $words with $error and repeats no word of it', async ({ words, error, stdin }) => {
    const { code, stdout, stderr } = await set(stdin, ...words);
    expect(code).toBe(2);
    expect(stderr).toContain(error);
    expect(stdout + stderr).not.toContain('hunter2');
    expect(await settings()).toEqual({});
  });

  it('says that a short value is not hidden', async () => {
    expect((await set('1234567')).stderr).toContain('too short to be hidden');
    expect((await set('12345678')).stderr).not.toContain('too short');
  });
});

describe('a setting that is secret', () => {
  beforeEach(async () => {
    await line.octo('config:set', 'app', 'A=1', 'Z=2');
    await set();
  });

  it('takes no value as a word any more, only by stdin, and stays secret', async () => {
    for (const words of [
      ['app/TOKEN', 'another-one'],
      ['app', 'A=2', 'TOKEN=another-one'],
    ]) {
      const { code, stderr } = await line.octo('config:set', ...words);
      expect({ code, says: stderr.includes('E_SETTING_SECRET') }).toEqual({ code: 2, says: true });
      expect(stderr).not.toContain('another-one');
    }
    expect(await settings()).toMatchObject({ A: '1', TOKEN: secret });
    await line.octoWith({ stdin: 'another-one' }, 'config:set', 'app/TOKEN', '-');
    await line.octoWith({ stdin: 'TOKEN=one-more-again' }, 'config:import', 'app');
    expect(await settings()).toMatchObject({ TOKEN: 'one-more-again' });
    expect(stored()).not.toContain('one-more-again');
  });

  it('is shown by name, and by value only when asked', async () => {
    const shown = await line.octo('config', 'app');
    expect(shown.stdout).toBe('A=1\nTOKEN (secret)\nZ=2\n');
    expect((await line.octo('config', 'app', '--json')).json()).toEqual({
      site: 'app',
      settings: { A: '1', Z: '2' },
      secrets: ['TOKEN'],
    });
    expect((await line.octo('config', 'app', '--secrets')).stdout).toBe(`A=1\nTOKEN=${secret}\nZ=2\n`);
    const get = await line.octo('config:get', 'app/TOKEN');
    expect(get).toMatchObject({ code: 2, stdout: '' });
    expect(get.stderr).toContain('--secrets');
    expect((await line.octo('config:get', '--secrets', 'app/TOKEN')).stdout).toBe(`${secret}\n`);
    const environment = await line.octo('config:env', 'app');
    expect(environment.stdout).toBe('A=1\nZ=2\n');
    expect(environment.stderr).toContain('TOKEN');
    expect((await line.octo('config:env', 'app', '--secrets')).stdout).toContain(`TOKEN=${secret}\n`);
  });

  it('goes from one site to another as one', async () => {
    const plain = await line.octo('config:export', 'app');
    expect(plain.stdout).toBe('octo config:set app \\\n  A=1 \\\n  Z=2\n');
    expect(plain.stderr).toContain('TOKEN');
    const { stdout } = await line.octo('config:export', 'app', '--secrets');
    await line.octoWith({ stdin: stdout }, 'config:import', 'other');
    expect(await line.engine().settings(parseSiteName('other'))).toEqual({ A: '1', Z: '2', TOKEN: secret });
    expect((await line.octo('config', 'other')).stdout).toContain('TOKEN (secret)');
    expect(stored()).not.toContain('hunter2');
  });

  it('is removed as any other, and may be plain then', async () => {
    expect((await line.octo('config:rm', 'app/TOKEN')).code).toBe(0);
    await line.octo('config:set', 'app/TOKEN', 'plain');
    expect((await line.octo('config', 'app')).stdout).toContain('TOKEN=plain');
  });

  it('is hidden in what a deploy says, in its log, and in the logs of its instances', async () => {
    line.roles.runtime.behave({ kind: 'exits', code: 1, stderr: [`no such user: ${secret}`] });
    const failed = await line.octo('deploy', 'app', site.folder);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('no such user: [hidden]');
    const kept = await line.octo('logs', 'app', '--deploy');
    expect(kept.stdout).toContain('no such user: [hidden]');
    const json = await line.octo('deploy', 'app', site.folder, '--json');
    for (const { stdout, stderr } of [failed, kept, json]) expect(stdout + stderr).not.toContain('hunter2');
    line.roles.runtime.behave({ kind: 'answers', stdout: [`started with ${secret}`] });
    await line.octo('deploy', 'app', site.folder);
    expect((await line.octo('logs', 'app')).stdout).toContain('started with [hidden]');
  });
});

it('secrets:rotate says how much it did, and what it could not', async () => {
  expect((await line.octo('secrets:rotate')).stdout).toMatch(
    /^0 values were encrypted with the new key \w{8}\.\n$/,
  );
  await set();
  expect((await line.octo('secrets:rotate', '--json')).json()).toMatchObject({ sealed: 1, left: [] });
  expect(await settings()).toEqual({ TOKEN: secret });
});
