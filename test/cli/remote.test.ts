import { globSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errors } from '../../cli/door/errors.ts';
import { commandsFolder } from '../../cli/program.ts';
import type { Right, SiteName } from '../../core/index.ts';
import { type CommandLine, commandLine } from './command-line.ts';

const files = globSync('**/*.ts', { cwd: commandsFolder }).map((file) => file.replace(/\.ts$/, ''));

it('exactly these commands may be run over ssh', async () => {
  const remote: string[] = [];
  for (const file of files) {
    const { default: command } = (await import(/* @vite-ignore */ join(commandsFolder, `${file}.ts`))) as {
      default: { remote: boolean };
    };
    if (command.remote) remote.push(file.replaceAll('/', ':'));
  }
  expect(remote.toSorted()).toEqual([
    'attach',
    'backup',
    'cancel',
    'clean',
    'clone',
    'config',
    'config:env',
    'config:export',
    'config:get',
    'config:import',
    'config:rm',
    'config:set',
    'converge',
    'deploy',
    'deploys',
    'domains',
    'domains:add',
    'domains:remove',
    'domains:set',
    'events',
    'exec',
    'explain',
    'keys:add',
    'keys:list',
    'keys:remove',
    'locks',
    'logs',
    'maintenance:off',
    'maintenance:on',
    'plan',
    'ps',
    'pull',
    'push',
    'releases',
    'releases:diff',
    'reload',
    'remove',
    'remove:config',
    'rename',
    'restart',
    'restore',
    'rollback',
    'run',
    'scale',
    'service:rm',
    'service:set',
    'service:tags',
    'services',
    'services:catalog',
    'services:clear',
    'services:register',
    'services:remove',
    'sites',
    'start',
    'status',
    'stop',
    'trace',
    'unlock',
  ]);
});

describe('a command over ssh', () => {
  let line: CommandLine;
  beforeAll(() => {
    line = commandLine();
  });
  afterAll(() => line.dispose());

  it.each([
    { words: ['sites', '--config', '/x'], says: 'the option --config' },
    { words: ['deploy', 'app', '/etc'], says: 'a folder' },
    { words: ['deploy', 'app', '--tar', '/etc/passwd'], says: 'a file' },
    { words: ['deploy', 'app', '--tar=./-'], says: 'a file' },
  ])('reaches nothing of the host: $words', async ({ words, says }) => {
    const { stdout, stderr, code } = await line.octoWith({ remote: true }, ...words);
    expect({ stdout, code }).toEqual({ stdout: '', code: 77 });
    expect(stderr).toBe(`octohost: ${says} is of the host, and out of reach over ssh.\n`);
  });

  it.each(['deploy', 'plan'])('takes nothing in for a site that it may not %s', async (command) => {
    const stdin = Readable.from(['x'.repeat(100_000)], { objectMode: false });
    const requireRight = (right: Right, site: SiteName | undefined) => {
      throw errors.E_KEY_RIGHTS({ key: 'mallory', what: `${right} ${site}` });
    };
    const options = { remote: true, stdin, requireRight };
    const { stderr, code } = await line.octoWith(options, command, 'steady', '--tar', '-');
    expect({ stderr, code }).toEqual({
      stderr: 'octohost: the key "mallory" may not deploy steady.\n',
      code: 77,
    });
    expect(stdin.readableDidRead).toBe(false);
  });

  it('removes nothing without --yes', async () => {
    await line.octo('config:set', 'app/A', '1');
    const { stderr, code } = await line.octoWith({ remote: true, stdin: 'app\n' }, 'remove', 'app');
    expect(code).toBe(2);
    expect(stderr).toContain('octo remove app --yes');
    expect((await line.octo('sites')).stdout).toBe('app\n');
  });
});
