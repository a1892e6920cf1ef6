import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot, readPackage } from '../../cli/program.ts';
import { original } from './old-commands.ts';
import { memoryConfig, octo, startOcto, type TemporaryFolder, temporaryFolder } from './process.ts';

const builderThat = (build: string) => `
  import { memoryBuilder, memoryPlugins } from 'octohost/testing';
  const builder = memoryBuilder();
  const slow = { ...builder, ${build} };
  export default { user: 'root', plugins: memoryPlugins({ builder: slow, publisher: false }) };`;

describe('the octo process', () => {
  let folder: TemporaryFolder;
  let config: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    config = await folder.write('octohost.config.ts', memoryConfig);
    await folder.write('Dockerfile', 'FROM scratch\nEXPOSE 8080\n');
  });
  afterAll(() => folder.dispose());

  /** Starts a deploy and returns once it builds. */
  async function building(name: string, source: string) {
    const file = await folder.write(name, builderThat(source));
    const child = startOcto(['deploy', 'app', folder.path, '--config', file]);
    const told: string[] = [];
    child.stderr.on('data', (chunk) => told.push(String(chunk)));
    await expect.poll(() => told.join(''), { timeout: 10_000 }).toContain('building now');
    return { child, told };
  }

  it('tells its version without loading anything', async () => {
    expect(await octo(['--version'])).toEqual({
      stdout: `octohost ${readPackage().version}\n`,
      stderr: '',
      code: 0,
    });
  });

  it.each([[], ['--help'], ['-h'], ['help']])('shows all commands for: octo %s', async (...words) => {
    const { stdout, stderr, code } = await octo(words);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    for (const command of [...original, 'converge', 'deploy'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).not.toContain('retire');
    expect(stdout).not.toContain('\u001b');
  });

  it('explains the code of an error for: octo help E_LOCKED', async () => {
    const { stdout, code } = await octo(['help', 'E_LOCKED']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^code +E_LOCKED$/m);
    expect(stdout).toMatch(/^try this +\S/m);
  });

  it.each([
    ['deploy', '--help'],
    ['help', 'deploy'],
    ['deploy', '-h'],
  ])('shows a command with its examples for: octo %s %s', async (...words) => {
    const { stdout, stderr, code } = await octo(words);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^USAGE\n {2}\$ octo deploy SITE/m);
    expect(stdout).toMatch(/^EXAMPLES\n {2}\$ octo deploy app \.$/m);
    expect(stdout.split('Deploy a folder, a tar or a ready image.')).toHaveLength(2);
  });

  it('shows what is below a command that is a topic too', async () => {
    const { stdout } = await octo(['config', '--help']);
    expect(stdout).toContain('octo config SITE');
    expect(stdout).toMatch(/^ {2}config set +Set settings of a site\.$/m);
  });

  it.each([
    ['config:options', 'nowhere'],
    ['domains:get', 'nowhere'],
  ])('knows the old name: octo %s %s', async (...words) => {
    const { stdout } = await octo([...words, '--config', config, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'E_SITE_UNKNOWN' } });
  });

  it.each([
    ['config:set', 'app/A', '1'],
    ['config', 'set', 'app/A', '1'],
    ['domains:set', 'app', 'a.example.net'],
    ['domains', 'set', 'app', 'a.example.net'],
    ['retire:finish', 'app'],
    ['retire', 'finish', 'app'],
    ['sites'],
  ])('runs by colon and by space: octo %s %s', async (...words) => {
    const { stdout, stderr, code } = await octo([...words, '--config', config, '--json']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(JSON.parse(stdout)).toBeTypeOf('object');
  });

  it.each([
    { words: ['sites', '--config', 'gone.ts'], code: 2, says: 'E_CONFIG_MISSING' },
    { words: ['status', 'app'], code: 2, says: 'E_SITE_UNKNOWN' },
    { words: ['config:get', 'app/A'], code: 1, says: 'E_SETTING_MISSING' },
    { words: ['config', 'app'], code: 2, says: 'E_SITE_UNKNOWN' },
    { words: ['sites', 'surplus'], code: 2, says: 'octo sites' },
    { words: ['scale', 'app'], code: 2, says: 'octo scale SITE COUNT' },
    { words: ['stauts'], code: 2, says: 'Try this: octo status' },
    { words: ['config:sett', 'app/A', '1'], code: 2, says: 'octo config:set' },
    { words: ['help', 'nonsense'], code: 2, says: 'nonsense' },
    { words: ['help', 'stauts'], code: 2, says: 'Try this: octo status' },
  ])('exits with $code and says $says for: octo $words', async ({ words, code, says }) => {
    const result = await octo(words, { environment: { OCTOHOST_CONFIG: config } });
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(says);
  });

  it.each([
    { words: ['status', 'app', '--json'], error: 'E_SITE_UNKNOWN' },
    { words: ['stauts', '--json'], error: 'E_COMMAND_UNKNOWN' },
    { words: ['logspout', 'start', '--json'], error: 'E_COMMAND_OLD' },
    { words: ['logspout', 'app', '--json'], error: 'E_COMMAND_OLD' },
    { words: ['scale', '--json'], error: 'E_ARGUMENTS' },
  ])('prints one JSON object for a failure too: octo $words', async ({ words, error }) => {
    const { stdout, stderr, code } = await octo(words, { environment: { OCTOHOST_CONFIG: config } });
    expect({ stderr, code }).toEqual({ stderr: '', code: 2 });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: error, hint: expect.any(String) } });
  });

  it('deploys a folder with its progress on stderr and without a colour in a pipe', async () => {
    const { stdout, stderr, code } = await octo(['deploy', 'app', '.', '--config', config], {
      cwd: folder.path,
      environment: { NODE_ENV: 'development' },
    });
    expect(code).toBe(0);
    expect(stdout).toContain('http://app.example.com\n');
    expect(stderr).toContain('-----> build\n');
    expect(stdout + stderr).not.toContain('\u001b');
    expect(stderr).not.toContain('Warning');
  });

  it('calls a bug a bug, with its stack and exit code 70', async () => {
    const broken = await folder.write(
      'broken.config.ts',
      `import { memoryPlugins, memoryStore } from 'octohost/testing';
       const sound = memoryStore();
       const list = () => (undefined as any).boom();
       const store = { ...sound, reopen: () => ({ ...sound.reopen(), list }) };
       export default { user: 'root', plugins: memoryPlugins({ store: store as any }) };`,
    );
    const { stdout, stderr, code } = await octo(['sites', '--config', broken]);
    expect({ stdout, code }).toEqual({ stdout: '', code: 70 });
    expect(stderr).toMatch(/^Error: TypeError: .*boom/);
    expect(stderr).toContain(' at ');
    expect(stderr).toContain('bug in octohost');
  });

  it('ends when its reader goes away, without a word', async () => {
    const child = startOcto(['help']);
    let told = '';
    child.stderr.on('data', (chunk) => {
      told += String(chunk);
    });
    child.stdout.destroy();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(told).toBe('');
  });

  describe('Ctrl-C', () => {
    const waits = `build: (_: unknown, { output, signal }: any) => new Promise((_, reject) => {
      output('building now');
      const alive = setInterval(() => {}, 1000);
      signal.addEventListener('abort', () => { clearInterval(alive); reject(signal.reason); });
    })`;
    const neverEnds = `build: (_: unknown, { output }: any) => new Promise(() => {
      output('building now');
      setInterval(() => {}, 1000);
    })`;

    it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
      'stops cleanly at %s, with exit code 130, and says what becomes of the deploy',
      async (signal) => {
        const { child, told } = await building(`${signal}.config.ts`, waits);
        child.kill(signal);
        expect(await once(child, 'close')).toEqual([130, null]);
        expect(told.join('')).toMatch(
          /^Interrupted: .*The deploy \w+ of app is taken back, and what served/m,
        );
      },
    );

    it('ends at once at the second, even where nobody listens to the first', async () => {
      const { child } = await building('never.config.ts', neverEnds);
      child.kill('SIGINT');
      const exit = once(child, 'exit');
      const again = setInterval(() => child.kill('SIGINT'), 100);
      expect(await exit).toEqual([130, null]);
      clearInterval(again);
    });
  });

  it('ends old instances in a process of its own, which outlives the command', async () => {
    const log = join(folder.path, 'started.log');
    const logging = await folder.write(
      'logging.config.ts',
      `import { appendFileSync } from 'node:fs';
       import { memoryPlugins } from 'octohost/testing';
       appendFileSync(${JSON.stringify(log)}, process.argv.slice(2).join(' ') + '\\n');
       export default { user: 'root', plugins: memoryPlugins({ publisher: false }) };`,
    );
    const starter = await folder.write(
      'start.ts',
      `import { finishInBackground } from ${JSON.stringify(join(packageRoot, 'cli/background.ts'))};
       process.argv[1] = 'somebody else';
       finishInBackground(${JSON.stringify(logging)}, ['app', 'web']);`,
    );
    const { spawnSync } = await import('node:child_process');
    expect(spawnSync(process.execPath, [starter]).status).toBe(0);
    await expect
      .poll(() => readFile(log, 'utf8').catch(() => ''), { timeout: 10_000 })
      .toBe(`retire:finish app web --config ${logging}\n`);
  });
});
