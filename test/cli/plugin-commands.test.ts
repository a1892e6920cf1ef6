import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAmongAll } from '../../cli/all-commands.ts';
import { refuseClashes } from '../../cli/command-clashes.ts';
import { type CommandContext, processContext } from '../../cli/context.ts';
import { configFlagIn } from '../../cli/plugin-commands.ts';
import { definePlugin, openEngine, type PluginCommand, resolveConfig } from '../../core/index.ts';
import { memoryPlugins } from '../testing.ts';
import { octo, type TemporaryFolder, temporaryFolder } from './process.ts';

describe('configFlagIn', () => {
  it.each([
    { words: 'mysql:create app --config a.ts', file: 'a.ts' },
    { words: '--config=a.ts mysql:create app --json', file: 'a.ts' },
    { words: 'mysql:create app --force', file: undefined },
    { words: 'mysql:create -- --config a.ts', file: undefined },
    { words: 'mysql:create --config', file: undefined },
  ])('finds $file in: $words', ({ words, file }) => {
    expect(configFlagIn(words.split(' '))).toBe(file);
  });
});

it("a command that octohost has itself is refused with the plugin's name", () => {
  const command: PluginCommand = { name: 'status', summary: 'Mine.', run: async () => ({}) };
  expect(() => refuseClashes([{ plugin: 'mine', command }], (name) => name === 'status')).toThrow(
    expect.objectContaining({
      code: 'E_PLUGINS',
      details: ["The command status of the plugin mine is one of octohost's own: give it another name."],
    }),
  );
});

describe('run by somebody', () => {
  /** Runs a command line of somebody whose key may read alone; gives what is said, and which rights were asked for. */
  const overSsh = (command: PluginCommand, ...words: string[]) => told(command, words, {});

  async function told(command: PluginCommand, words: string[], more: Partial<CommandContext>) {
    const said: string[] = [];
    const asked: unknown[] = [];
    const output = { write: (text: string) => void said.push(text), columns: undefined };
    const mine = definePlugin({ name: 'mine', commands: [command], setup() {} });
    const plugins = [...memoryPlugins({ publisher: false }), mine];
    const config = resolveConfig({ plugins, domainSuffix: 'example.com' }, '/nowhere/octohost.config.ts');
    const host = processContext();
    await runAmongAll(words, {
      ...host,
      remote: true,
      stdout: { ...host.stdout, ...output },
      stderr: { ...host.stderr, ...output },
      setExitCode: () => {},
      requireRight(right, site) {
        asked.push([right, site]);
        if (right !== 'read') throw new Error('not with this key');
      },
      readConfig: async () => config,
      loadConfig: async () => config,
      openEngine: () =>
        openEngine({
          config,
          environment: {},
          process: { version: '0.0.0', pid: 1, host: 'test', cores: 1, isAlive: () => true },
        }),
      ...more,
    });
    return { said: said.join(''), asked };
  }

  const site = { name: 'site', description: 'Its name.', kind: 'site', optional: true } as const;
  const show = (more: Partial<PluginCommand> = {}): PluginCommand => ({
    name: 'mine:show',
    summary: 'Shows.',
    args: [site],
    async run({ print, isRemote }) {
      print(`done ${isRemote}`);
      return {};
    },
    ...more,
  });

  it('over ssh, the right that it names is asked for, for the site that is named or for all', async () => {
    expect(await overSsh(show({ remote: 'read' }), 'mine:show', 'app')).toEqual({
      said: 'done true\n',
      asked: [['read', 'app']],
    });
    expect((await overSsh(show({ remote: 'read' }), 'mine:show')).asked).toEqual([['read', undefined]]);
  });

  it('over ssh, is not run where the key has not that right', async () => {
    const refused = await overSsh(show({ remote: 'admin' }), 'mine:show', 'app');
    expect(refused.asked).toEqual([['admin', 'app']]);
    expect(refused.said).toContain('not with this key');
    expect(refused.said).not.toContain('done');
  });

  it.each([
    { typed: ' app \n', terminal: true, words: [], answer: 'app' },
    { typed: '', terminal: true, words: [], answer: '' },
    { typed: 'app\n', terminal: false, words: [], answer: undefined },
    { typed: 'app\n', terminal: true, words: ['--json'], answer: undefined },
  ])(
    'on the host it is answered $answer to a question, with $words',
    async ({ typed, terminal, words, answer }) => {
      const answers: unknown[] = [];
      const command = show({
        async run({ ask }) {
          answers.push(await ask('Sure? '));
          return {};
        },
      });
      const stdin = Readable.from([typed]);
      const { said } = await told(command, ['mine:show', ...words], {
        remote: false,
        stdin,
        stdinIsTerminal: terminal,
      });
      expect(answers).toEqual([answer]);
      expect(said.includes('Sure? ')).toBe(answer !== undefined);
    },
  );

  it('over ssh, help of what is none names that', async () => {
    await expect(overSsh(show(), 'help', 'nothing')).rejects.toMatchObject({
      code: 'E_DOOR_COMMAND',
      message: expect.stringContaining('"nothing"'),
    });
  });

  it('over ssh, is refused where it names none', async () => {
    await expect(overSsh(show(), 'mine:show', 'app')).rejects.toMatchObject({ code: 'E_DOOR_COMMAND' });
  });
});

const configOf = (command: string) => `
  import { type PluginCommand } from 'octohost';
  import { memoryPlugins } from 'octohost/testing';
  let ready = false;
  const command: PluginCommand = ${command};
  const mine = { name: 'mine', commands: [command], setup() { ready = true; } };
  export default { user: 'root', plugins: [...memoryPlugins({ publisher: false }), mine] };`;

const greet = `{
  name: 'greet:site',
  summary: 'Greet a site.',
  remote: 'deploy',
  args: [{ name: 'site', description: 'Its name.', kind: 'site' }, { name: 'word', description: 'What is said.', optional: true }],
  flags: { loud: { description: 'With a mark.', kind: 'boolean' }, from: { description: 'Who says it.', kind: 'text' } },
  async run({ args, flags, engine, print, notice }) {
    if (!ready) throw new Error('run before its setup');
    notice('greeting');
    print([args.word ?? 'hello', args.site, flags.from ?? 'nobody'].join(' ') + (flags.loud ? '!' : ''));
    return { ...args, ...flags, sites: await engine.sites() };
  },
}`;

describe('the octo process with a command of a plugin', () => {
  let folder: TemporaryFolder;
  let environment: Record<string, string>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    environment = { OCTOHOST_CONFIG: await folder.write('octohost.config.ts', configOf(greet)) };
  });
  afterAll(() => folder.dispose());

  it.each([
    { words: ['greet:site', 'app'], stdout: 'hello app nobody\n' },
    { words: ['greet', 'site', 'app', 'hi', '--loud'], stdout: 'hi app nobody!\n' },
    { words: ['greet:site', 'app', '--from', 'me'], stdout: 'hello app me\n' },
  ])('runs: octo $words', async ({ words, stdout }) => {
    expect(await octo(words, { environment })).toEqual({ stdout, stderr: 'greeting\n', code: 0 });
  });

  it('finds it by --config, and prints what it returns as JSON', async () => {
    const config = environment['OCTOHOST_CONFIG'] ?? '';
    const { stdout, stderr } = await octo(['greet:site', 'app', '--loud', '--json', '--config', config]);
    expect({ json: JSON.parse(stdout), stderr }).toEqual({
      json: { site: 'app', loud: true, sites: [] },
      stderr: '',
    });
  });

  it.each([
    { words: ['greet:site', 'NO'], says: 'E_SITE_NAME' },
    { words: ['greet:site'], says: 'octo greet:site SITE [WORD]' },
    { words: ['greet:sit', 'app'], says: 'Try this: octo greet:site' },
  ])('refuses: octo $words', async ({ words, says }) => {
    const { stdout, stderr, code } = await octo(words, { environment });
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toContain(says);
  });

  it('is shown by help, by itself and among all', async () => {
    const all = await octo(['help'], { environment });
    expect(all).toMatchObject({ stderr: '', code: 0 });
    expect(all.stdout).toMatch(/^ {2}greet:site /m);
    const one = await octo(['greet:site', '--help'], { environment });
    expect(one.stdout).toContain('octo greet site SITE [WORD]');
    expect(one.stdout).toContain('With a mark.');
  });

  it('is refused when the configuration is loaded where octohost has one of its name', async () => {
    const file = await folder.write('clash.config.ts', configOf(greet.replace('greet:site', 'config:set')));
    const { stderr, code } = await octo(['sites', '--config', file]);
    expect(code).toBe(2);
    expect(stderr).toContain("The command config:set of the plugin mine is one of octohost's own");
  });

  it('hides no help where the configuration is broken', async () => {
    const file = await folder.write('broken.config.ts', 'throw new Error("out of disks");');
    const { stdout, stderr, code } = await octo(['help'], { environment: { OCTOHOST_CONFIG: file } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}status /m);
    expect(stderr).toContain('Without the commands of plugins: Error:');
  });
});
