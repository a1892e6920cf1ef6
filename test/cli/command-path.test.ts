import { describe, expect, it } from 'vitest';
import { findCommand } from '../../cli/command-path.ts';

const commands = ['sites', 'config', 'config/set', 'config/get', 'retire/finish'];
const isCommand = (path: string) => commands.includes(path);

describe('findCommand', () => {
  it.each([
    { line: 'sites', id: 'sites', rest: '' },
    { line: 'sites --json', id: 'sites', rest: '--json' },
    { line: 'sites surplus', id: 'sites', rest: 'surplus' },
    { line: 'config app', id: 'config', rest: 'app' },
    { line: 'config:set app/A 1', id: 'config:set', rest: 'app/A 1' },
    { line: 'config set app/A 1', id: 'config:set', rest: 'app/A 1' },
    { line: 'config setting', id: 'config', rest: 'setting' },
    { line: 'config -- set', id: 'config', rest: '-- set' },
    { line: 'config app set', id: 'config', rest: 'app set' },
    { line: 'retire finish app', id: 'retire:finish', rest: 'app' },
    { line: 'config:set app -- --help', id: 'config:set', rest: 'app -- --help' },
  ])('finds $id in: octo $line', ({ line, id, rest }) => {
    expect(findCommand(line.split(' '), isCommand)).toEqual({
      id,
      path: id.replaceAll(':', '/'),
      rest: rest === '' ? [] : rest.split(' '),
    });
  });

  it.each([
    '',
    '--help',
    'help sites',
    'sites --help',
    'sites -h',
    'retire',
    'confg',
    'config:nonsense',
    '../x',
    'config:../x',
  ])('leaves to oclif: octo %s', (line) => {
    expect(findCommand(line.split(' '), isCommand)).toBeUndefined();
  });
});
