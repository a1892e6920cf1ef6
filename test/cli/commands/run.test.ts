import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { memoryTree } from '../../testing.ts';
import { type CommandLine, commandLine } from '../command-line.ts';

const app = parseSiteName('app');
let line: CommandLine;
beforeEach(async () => {
  line = commandLine();
  const tree = memoryTree({ Dockerfile: 'FROM scratch\nEXPOSE 8080\n' });
  await line.engine().deploy([{ site: app, source: { kind: 'tree', tree } }], {
    actor: 'me',
    signal: new AbortController().signal,
    reporter: { deploy() {}, begin() {}, end() {}, output() {}, warn() {} },
  });
});
afterEach(() => line.dispose());

describe.each(['run', 'exec'])('octo %s', (name) => {
  it('passes on what the command writes, byte by byte, and its exit code', async () => {
    line.roles.runtime.behaveTasks({ kind: 'exits', code: 3, stdout: ['said'], stderr: ['warned'] });
    const { stdout, bytes, stderr, errorBytes, code } = await line.octo(name, 'app', '--', 'x');
    expect({ stdout, bytes: String(bytes), stderr, error: String(errorBytes), code }).toEqual({
      stdout: '',
      bytes: 'said\n',
      stderr: '',
      error: 'warned\n',
      code: 3,
    });
  });

  it('passes on what is piped in', async () => {
    line.roles.runtime.behaveTasks({ kind: 'echoes' });
    const stdin = Buffer.from([0, 255, 10, 13]);
    const { bytes, code } = await line.octoWith({ stdin }, name, 'app', '--', 'cat');
    expect({ bytes, code }).toEqual({ bytes: stdin, code: 0 });
  });

  it('prints one object with --json', async () => {
    line.roles.runtime.behaveTasks({ kind: 'exits', code: 3, stdout: ['said'], stderr: ['warned'] });
    const result = await line.octo(name, 'app', '--json', '--', 'x', '--json');
    expect({ code: result.code, ...result.json() }).toEqual({
      code: 3,
      site: 'app',
      exitCode: 3,
      stdout: 'said\n',
      stderr: 'warned\n',
    });
  });

  it('ends cleanly at Ctrl-C', async () => {
    line.roles.runtime.behaveTasks({ kind: 'silent', stdout: ['begun'] });
    let interrupt = () => {};
    const ending = line.octoWith({ onInterruptible: (how) => (interrupt = how) }, name, 'app', '--', 'x');
    const method = name === 'run' ? 'runAttended' : 'execAttended';
    await expect.poll(() => line.roles.runtime.calls.some((call) => call.method === method)).toBe(true);
    interrupt();
    const { code, stderr } = await ending;
    expect(code).toBe(130);
    expect(stderr).toContain('E_ABORTED');
    expect(await line.roles.runtime.tasks()).toEqual([]);
  });

  it.each([
    { words: ['app'], says: 'command' },
    { words: ['app', 'ls', '-l'], says: '-l' },
    { words: ['other', '--', 'ls'], says: 'other' },
  ])('refuses $words, and says why', async ({ words, says }) => {
    const { code, stderr } = await line.octo(name, ...words);
    expect({ code, says: stderr.includes(says) }).toEqual({ code: 2, says: true });
  });
});

it('what stands behind -- belongs to the command, whatever it looks like', async () => {
  await line.octo('run', 'app', '--', 'ls', '--config', '-h', '--', '$HOME', 'a b');
  const call = line.roles.runtime.calls.find(({ method }) => method === 'runAttended');
  const command = ['ls', '--config', '-h', '--', '$HOME', 'a b'];
  expect(call?.arguments[0]).toMatchObject({ command });
});

it('octo exec takes the instance that is named', async () => {
  await line.octo('scale', 'app', '2');
  const [, second] = await line.engine().instances(app);
  await line.octo('exec', 'app', '--instance', second?.name ?? '', '--', 'x');
  const [call] = line.roles.runtime.calls.filter(({ method }) => method === 'execAttended');
  expect(call?.arguments[0]).toEqual(second);
  const wrong = await line.octo('exec', 'app', '--instance', 'none', '--', 'x');
  expect(wrong.stderr).toContain('E_INSTANCE_UNKNOWN');
  await line.octo('stop', 'app');
  expect((await line.octo('exec', 'app', '--', 'x')).stderr).toContain('E_INSTANCE_NONE');
});

it('the audit log names the program, and none of its words', async () => {
  await line.octo('run', 'app', '--', 'mysql', '-psecret-word');
  const { stdout } = await line.octo('audit', '--json');
  expect(stdout).toContain('run mysql');
  expect(stdout).not.toContain('secret-word');
});
