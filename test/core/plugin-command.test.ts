import { describe, expect, it } from 'vitest';
import type { Plugin, PluginCheck, PluginCommand } from '../../core/index.ts';
import { pluginCommands } from '../../core/index.ts';
import { checkProblems } from '../../core/plugin-command.ts';
import { shapeProblems } from '../../core/plugin-problems.ts';

const command = (changes: Partial<PluginCommand> = {}): PluginCommand => ({
  name: 'mysql:create',
  summary: 'Make a database.',
  run: async () => ({}),
  ...changes,
});
const check = (changes: Partial<PluginCheck> = {}): PluginCheck => ({
  name: 'server-answers',
  summary: 'The server.',
  run: async () => ({ state: 'ok', message: 'It answers.' }),
  ...changes,
});
const plugin = (more: Partial<Plugin>): Plugin => ({ name: 'mysql', setup() {}, ...more });
const word = (name: string, optional = false) => ({ name, description: 'A word.', optional });

describe("a plugin's commands and checks", () => {
  it('are found with the plugin that brings them', () => {
    const create = command();
    const plugins = [plugin({ commands: [create] }), plugin({ name: 'other' })];
    expect(shapeProblems(plugins)).toEqual([]);
    expect(pluginCommands(plugins)).toEqual([{ plugin: 'mysql', command: create }]);
  });

  it.each([
    { wrong: { name: 'Mysql' }, says: 'no valid name (up to three' },
    { wrong: { name: 'a:b:c:d' }, says: 'no valid name (up to three' },
    { wrong: { summary: '' }, says: 'no summary' },
    { wrong: { run: undefined as never }, says: 'no run' },
    { wrong: { args: [word('a b')] }, says: 'no valid name in a b' },
    { wrong: { args: [word('a'), word('a')] }, says: 'two arguments of one name' },
    { wrong: { args: [word('a', true), word('b')] }, says: 'needs b after' },
    { wrong: { flags: { json: { description: 'x', kind: 'boolean' as const } } }, says: 'has --json' },
  ])('are refused with command and plugin: $says', ({ wrong, says }) => {
    const one = command(wrong);
    const problems = shapeProblems([plugin({ commands: [one] })]);
    expect(problems).toEqual([expect.stringContaining(says)]);
    expect(problems[0]).toContain(`The command ${one.name} of the plugin mysql `);
  });

  it('of one name in two plugins are refused with both', () => {
    const plugins = [plugin({ commands: [command()] }), plugin({ name: 'maria', commands: [command()] })];
    expect(() => pluginCommands(plugins)).toThrow(
      expect.objectContaining({
        code: 'E_PLUGINS',
        details: ['The command mysql:create is brought by mysql and maria: keep one.'],
      }),
    );
  });

  it.each([
    { checks: [check({ name: 'A' })], says: 'The check A of the plugin mysql has no valid name' },
    { checks: [check(), check()], says: 'server-answers of the plugin mysql stands there twice' },
    { checks: [check({ run: undefined as never })], says: 'has no run(signal)' },
  ])('of checks too: $says', ({ checks, says }) => {
    const given = checks.map((one) => ({ plugin: 'mysql', check: one }));
    expect(checkProblems(given)).toEqual([expect.stringContaining(says)]);
  });
});
