import { describe, expect, it } from 'vitest';
import { editDistance, findCommand, nearestCommands } from '../../cli/command-path.ts';

const commands = ['sites', 'config', 'config/set', 'config/get', 'retire/finish'];
const isCommand = (path: string) => commands.includes(path);
const ids = commands.map((path) => path.replaceAll('/', ':'));

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

describe('nearestCommands', () => {
  it.each([
    { typed: 'sties', nearest: ['sites'] },
    { typed: 'confg app', nearest: ['config'] },
    { typed: 'config:sett app', nearest: ['config:set'] },
    { typed: 'confg set app', nearest: ['config:set', 'config'] },
    { typed: 'kubernetes', nearest: [] },
  ])('offers $nearest for $typed', ({ typed, nearest }) => {
    expect(nearestCommands(typed.split(' '), ids)).toEqual(nearest);
  });
});

describe('editDistance', () => {
  it.each([
    { a: '', b: 'abc', distance: 3 },
    { a: 'abc', b: 'abc', distance: 0 },
    { a: 'sties', b: 'sites', distance: 1 },
    { a: 'kitten', b: 'sitting', distance: 3 },
  ])('of $a and $b is $distance', ({ a, b, distance }) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});
