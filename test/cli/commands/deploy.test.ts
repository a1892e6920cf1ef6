import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';
import { type Sample, sample } from '../sample.ts';

const run = promisify(execFile);

describe('octo deploy', () => {
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

  it('makes a folder a release, with its steps on stderr and its addresses on stdout', async () => {
    const { stdout, stderr, code } = await line.octo('deploy', 'app', site.folder);
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((text) => text.startsWith('----->'))).toEqual(
      ['receive', 'build', 'start', 'register', 'prepare', 'apply'].map((step) => `-----> ${step}`),
    );
    expect(stdout).toMatch(/^Release 1 of app is current: receive .* in all\.\n/);
    expect(stdout).toContain('  http://app.example.com\n');
  });

  it('prints one JSON object with --json, and nothing else', async () => {
    const result = await line.octo('deploy', 'app', site.folder, '--json');
    expect(result.json()).toMatchObject({
      site: 'app',
      release: 1,
      urls: ['http://app.example.com'],
      retiring: 0,
      warnings: [],
    });
    expect(result.stderr).toBe('');
  });

  it('takes a tar from stdin', async () => {
    const { stdout: tar } = await run('tar', ['-c', '-C', site.folder, '.'], { encoding: 'buffer' });
    expect(await line.octoWith({ stdin: tar }, 'deploy', 'app', '--tar', '-')).toMatchObject({ code: 0 });
  });

  it('asks the builders for a ready image', async () => {
    const result = await line.octo('deploy', 'app', '--image', 'registry.example.com/app:1', '--json');
    expect(result.code).toBe(1);
    expect(result.json()).toMatchObject({ error: { code: 'E_NO_BUILDER', step: 'receive', site: 'app' } });
  });

  it.each([
    { given: 'no source', words: [] },
    { given: 'two sources', words: ['.', '--image', 'app:1'] },
    { given: 'three sources', words: ['.', '--image', 'app:1', '--tar', '-'] },
  ])('refuses $given and shows the three forms', async ({ words }) => {
    const { code, stderr } = await line.octo('deploy', 'app', ...words);
    expect(code).toBe(2);
    for (const form of ['octo deploy app FOLDER', '--tar -', '--image REFERENCE'])
      expect(stderr).toContain(form);
  });

  it.each([
    { words: ['deploy', 'App', '.'], error: 'E_SITE_NAME' },
    { words: ['deploy', 'app', '/nowhere/at/all'], error: 'E_SOURCE_FOLDER' },
    { words: ['deploy', 'app', '--image', '-rm'], error: 'E_SOURCE_IMAGE' },
    { words: ['deploy', 'app', '--nonsense'], error: 'E_ARGUMENTS' },
  ])('refuses $words with $error and exit code 2', async ({ words, error }) => {
    const result = await line.octo(...words, '--json');
    expect(result.code).toBe(2);
    expect(result.json()).toMatchObject({ error: { code: error } });
  });

  it('leaves the end of the old instances to the background, or waits for it', async () => {
    await line.octo('deploy', 'app', site.folder);
    line.background.splice(0);
    await site.write('index.html', 'two');
    const second = await line.octo('deploy', 'app', site.folder, '--json');
    expect(second.json()).toMatchObject({ release: 2, retiring: 1 });
    expect(line.background).toEqual([['app']]);
    expect(await line.roles.runtime.list()).toHaveLength(2);

    await site.write('index.html', 'three');
    await line.octo('deploy', 'app', site.folder, '--wait');
    expect(await line.roles.runtime.list()).toHaveLength(1);
  });

  it('leaves the watch of new instances to the background, and nothing where there are none', async () => {
    await line.octo('deploy', 'app', site.folder, '--wait');
    expect(line.background).toEqual([['app']]);
    await line.octo('domains:add', 'app', 'www.shop.org');
    expect(line.background).toHaveLength(1);
  });

  it("tells a failing start with the instance's last lines, the step and the next thing to do", async () => {
    line.roles.runtime.behave({ kind: 'exits', code: 3, stderr: ['no DATABASE_URL'] });
    const { code, stderr, stdout } = await line.octo('deploy', 'app', site.folder);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Error: The new instance .* before it answered\.$/m);
    expect(stderr).toMatch(/^ {4}.*no DATABASE_URL$/m);
    expect(stderr).toMatch(/^E_CHECK_DEAD · step start · site app$/m);
    expect(stderr).toMatch(/^Try this: /m);
  });

  it('is stopped by Ctrl-C with exit code 130, and leaves nothing running', async () => {
    line.roles.runtime.behave({ kind: 'silent' });
    const stopped = await line.octoWith(
      { onInterruptible: (interrupt) => setTimeout(interrupt, 50) },
      'deploy',
      'app',
      site.folder,
    );
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('E_ABORTED');
    expect(await line.roles.runtime.list()).toEqual([]);
  });
});
