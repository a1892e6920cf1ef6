import { afterEach, describe, expect, it } from 'vitest';
import { definePlugin } from '../../../core/index.ts';
import { type CommandLine, commandLine } from '../command-line.ts';

let line: CommandLine;
afterEach(() => line.dispose());

const mail = definePlugin({
  name: 'mail',
  version: '1.2.3',
  commands: [{ name: 'mail:test', summary: 'Sends one.', run: async () => ({}) }],
  setup({ hooks, check }) {
    check({
      name: 'answers',
      summary: 'Whether it answers.',
      run: async () => ({ state: 'ok', message: 'So.' }),
    });
    hooks.settled.tap('tell', () => {});
  },
});

describe('octo plugins', () => {
  it('lists what is loaded, and what each brings', async () => {
    line = commandLine({ more: [mail] });
    const { stdout, code } = await line.octo('plugins');
    expect(code).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/\s{2,}/));
    expect(rows[0]).toEqual(['PLUGIN', 'VERSION', 'FROM', 'BRINGS']);
    expect(rows).toContainEqual(['memory-store', '-', 'configuration', 'role store']);
    expect(rows.at(-1)).toEqual([
      'mail',
      '1.2.3',
      'configuration',
      'hook settled, octo mail:test, check answers',
    ]);
    const { plugins } = (await line.octo('plugins', '--json')).json() as { plugins: unknown[] };
    expect(plugins.at(-1)).toEqual({
      name: 'mail',
      version: '1.2.3',
      from: 'configuration',
      hooks: ['settled'],
      roles: [],
      commands: ['mail:test'],
      checks: ['answers'],
    });
  });

  it('prints the JSON Schema of site files', async () => {
    line = commandLine();
    const text = (await line.octo('plugins', '--schema')).stdout;
    expect(JSON.parse(text)).toMatchObject({ properties: { plugins: { additionalProperties: false } } });
    expect((await line.octo('plugins', '--schema', '--json')).json()).toEqual(JSON.parse(text));
  });

  it.each([
    { words: ['plugins:add', '--', '--global'], code: 'E_PLUGIN_SPEC' },
    { words: ['plugins:add', 'x', '--options', '/nowhere/options.json'], code: 'E_ARGUMENTS' },
    { words: ['plugins:remove', 'x'], code: 'E_PLUGIN_NOT_ADDED' },
  ])('refuses $words', async ({ words, code }) => {
    line = commandLine();
    expect((await line.octo(...words)).stderr).toContain(code);
  });
});
