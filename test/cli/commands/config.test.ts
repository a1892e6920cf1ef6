import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

const app = parseSiteName('app');

describe('octo config', () => {
  let line: CommandLine;
  let site: Sample;
  const settings = () => line.engine().settings(app) as Promise<Record<string, string>>;
  const releases = async () => (await line.engine().releases(app)).length;
  beforeEach(async () => {
    line = commandLine();
    site = await sample();
  });
  afterEach(async () => {
    await line.dispose();
    await site.dispose();
  });

  it.each([
    { form: 'config:set site/KEY value', words: ['config:set', 'app/A', 'x: y=z $1'] },
    { form: 'config set site/KEY value', words: ['config', 'set', 'app/A', 'x: y=z $1'] },
    { form: 'config:set site KEY=value', words: ['config:set', 'app', 'A=x: y=z $1'] },
    { form: 'config set site KEY=value', words: ['config', 'set', 'app', 'A=x: y=z $1'] },
  ])('stores by $form, and says that a site without a release takes it later', async ({ words }) => {
    const { code, stdout } = await line.octo(...words);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Stored, not applied \(the site has no release yet\)/);
    expect(await settings()).toEqual({ A: 'x: y=z $1' });
  });

  it('sets several at once, all or none', async () => {
    await line.octo('config:set', 'app', 'A=1', 'B=');
    expect(await settings()).toEqual({ A: '1', B: '' });
    const refused = await line.octo('config:set', 'app', 'A=2', 'CONTAINERS=many');
    expect(refused.code).toBe(2);
    expect(await settings()).toEqual({ A: '1', B: '' });
  });

  it.each([
    { stdin: 'top secret\n', value: 'top secret' },
    { stdin: 'a\nb\n\n', value: 'a\nb\n' },
    { stdin: 'no newline', value: 'no newline' },
  ])('takes the value - from stdin: $stdin', async ({ stdin, value }) => {
    const { code, stdout, stderr } = await line.octoWith({ stdin }, 'config:set', 'app/TOKEN', '-');
    expect(code).toBe(0);
    expect(await settings()).toEqual({ TOKEN: value });
    expect(stdout + stderr).not.toContain('secret');
  });

  it('says at a keyboard what it waits for', async () => {
    const { stderr, code } = await line.octoWith(
      { terminal: true, stdin: 'typed\n' },
      'config:set',
      'app/TOKEN',
      '-',
    );
    expect(code).toBe(0);
    expect(stderr).toContain('Type the value of TOKEN');
    expect(await settings()).toEqual({ TOKEN: 'typed' });
  });

  it.each([
    { words: ['config:set', 'app/1A', 'x'], error: 'E_SETTING_KEY' },
    { words: ['config:set', 'App/A', 'x'], error: 'E_SITE_NAME' },
    { words: ['config:set', 'app/CONTAINERS', '0'], error: 'E_SETTING_VALUE' },
    { words: ['config:set', 'app/OCTO_NONSENSE', '0'], error: 'E_SETTING_UNKNOWN' },
    { words: ['config:set', 'app/A', 'x\u0000'], error: 'E_SETTING_VALUE' },
    { words: ['config:set', 'app/A'], error: 'E_ARGUMENTS' },
    { words: ['config:set', 'app/A', 'two', 'words'], error: 'E_ARGUMENTS' },
    { words: ['config:set', 'app', 'A'], error: 'E_ARGUMENTS' },
    { words: ['config:set', 'app', 'A=-', 'B=-'], error: 'E_ARGUMENTS' },
    { words: ['config:set', 'app'], error: 'E_ARGUMENTS' },
    { words: ['config:set'], error: 'E_ARGUMENTS' },
    { words: ['config:get', 'app'], error: 'E_ARGUMENTS' },
    { words: ['config:rm', 'app/A'], error: 'E_SETTING_MISSING', code: 1 },
    { words: ['config', 'nowhere'], error: 'E_SITE_UNKNOWN' },
  ])('refuses $words with $error', async ({ words, error, code = 2 }) => {
    const result = await line.octo(...words, '--json');
    expect(result.json()).toMatchObject({ error: { code: error } });
    expect(result.code).toBe(code);
    expect(await settings()).toEqual({});
  });

  it('never repeats a word that may be a secret', async () => {
    const { stdout, stderr } = await line.octo('config:set', 'app', 'hunter2');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('shows settings as sorted KEY=value lines, one raw, or as an object', async () => {
    await line.octo('config:set', 'app', 'B=2', 'A=one two');
    expect((await line.octo('config', 'app')).stdout).toBe('A=one two\nB=2\n');
    expect((await line.octo('config', 'app', '--json')).json()).toEqual({
      site: 'app',
      settings: { A: 'one two', B: '2' },
      secrets: [],
    });
    for (const words of [['app/A'], ['app', 'A']])
      expect((await line.octo('config:get', ...words)).stdout).toBe('one two\n');
    expect((await line.octo('config', 'get', 'app/A', '--json')).json()).toEqual({
      site: 'app',
      key: 'A',
      value: 'one two',
    });
    const missing = await line.octo('config:get', 'app/C');
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toContain('E_SETTING_MISSING');
  });

  it('gives a running site a new release with the value, and lets the old instance end later', async () => {
    await line.octo('deploy', 'app', site.folder);
    line.background.splice(0);
    const result = await line.octo('config:set', 'app/A', '1', '--json');
    expect(result.json()).toMatchObject({ site: 'app', release: 2, retiring: 1, applied: true });
    expect(line.background).toEqual([['app']]);
    expect((await settings())['A']).toBe('1');
    expect((await line.engine().current(app))?.number).toBe(2);
  });

  it('only stores with --no-deploy, and the next status says so', async () => {
    await line.octo('deploy', 'app', site.folder);
    const result = await line.octo('config:set', 'app/A', '1', '--no-deploy', '--json');
    expect(result.json()).toEqual({ site: 'app', applied: false, because: 'because of --no-deploy' });
    expect(await releases()).toBe(1);
    expect((await line.octo('status', 'app', '--json')).json()).toMatchObject({ changed: true });
  });

  it('knows --no-deploy by its name of before', async () => {
    await line.octo('deploy', 'app', site.folder);
    expect((await line.octo('config:set', 'app/A', '1', '--no-apply', '--json')).json()).toMatchObject({
      applied: false,
    });
    expect((await line.octo('config:rm', 'app/A', '--no-apply')).code).toBe(0);
    expect(await releases()).toBe(1);
  });

  it('only stores for a stopped site', async () => {
    await line.octo('deploy', 'app', site.folder);
    await line.octo('stop', 'app');
    const { stdout } = await line.octo('config:set', 'app/A', '1');
    expect(stdout).toMatch(/^Stored, not applied \(the site is stopped\)/);
    expect((await line.octo('status', 'app', '--json')).json()).toMatchObject({ state: 'stopped' });
  });

  it('stores nothing where the new instances do not come up', async () => {
    await line.octo('deploy', 'app', site.folder);
    line.roles.runtime.behave(({ spec }) =>
      spec.environment['A'] === 'bad' ? { kind: 'exits', code: 1 } : undefined,
    );
    const result = await line.octo('config:set', 'app/A', 'bad', '--json');
    expect(result).toMatchObject({ code: 1 });
    expect((await settings())['A']).toBeUndefined();
  });

  it('removes settings, with a new release for a running site', async () => {
    await line.octo('config:set', 'app', 'A=1', 'B=2', 'C=3');
    await line.octo('deploy', 'app', site.folder);
    expect((await line.octo('config:rm', 'app', 'A', 'B', '--json')).json()).toMatchObject({ release: 2 });
    expect(await settings()).toEqual({ C: '3', DOMAINS: 'app.example.com' });
    await line.octo('config', 'rm', 'app/C');
    expect(await settings()).toEqual({ DOMAINS: 'app.example.com' });
  });

  it('takes what domains:set asked for away with DOMAINS, and leaves the default domain', async () => {
    await line.octo('deploy', 'app', site.folder);
    await line.octo('domains:set', 'app', 'www.example.org');
    await line.octo('config:rm', 'app/DOMAINS');
    expect((await line.octo('domains', 'app', '--json')).json()).toEqual({
      site: 'app',
      domains: [{ domain: 'app.example.com', origin: 'default' }],
    });
  });
});
