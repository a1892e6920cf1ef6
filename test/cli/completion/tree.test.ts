import { describe, expect, it } from 'vitest';
import { type CommandFacts, wordsOf } from '../../../cli/completion/tree.ts';

const command = (id: string, more: Partial<CommandFacts> = {}): CommandFacts => ({
  id,
  summary: `Does ${id}.`,
  args: {},
  flags: {},
  ...more,
});

describe('the words behind octo', () => {
  const words = wordsOf(
    [
      command('config', { args: { site: {} } }),
      command('config:set', { args: { setting: {} }, flags: { deploy: { type: 'boolean', allowNo: true } } }),
      command('keys:add', {
        flags: { site: { type: 'option', char: 's' }, role: { type: 'option', options: ['a'] } },
      }),
      command('converge', { args: { sites: { multiple: true } } }),
      command('retire:finish', { hidden: true }),
    ],
    { keys: 'The keys.' },
  );
  const at = (path: string) => words.find((one) => one.path === path);

  it('are commands and topics, without what is hidden', () => {
    expect(words.map(({ path }) => path)).toEqual([
      '',
      'config',
      'config set',
      'converge',
      'keys',
      'keys add',
    ]);
    expect(at('')?.below.map(({ word }) => word)).toEqual(['config', 'converge', 'keys']);
    expect(at('keys')).toEqual({
      path: 'keys',
      summary: 'The keys.',
      below: [{ word: 'add', summary: 'Does keys:add.' }],
      flags: [],
      sites: 'none',
    });
  });

  it('say where sites are meant', () => {
    expect(['config', 'config set', 'converge'].map((path) => at(path)?.sites)).toEqual([
      'first',
      'none',
      'all',
    ]);
  });

  it('have flags, with what may follow them', () => {
    expect(at('config set')?.flags.map(({ name, value }) => `${name} ${value}`)).toEqual([
      'deploy none',
      'no-deploy none',
    ]);
    expect(at('keys add')?.flags).toEqual([
      { name: 'role', summary: '', value: 'any', choices: ['a'] },
      { name: 'site', char: 's', summary: '', value: 'site', choices: [] },
    ]);
  });
});
