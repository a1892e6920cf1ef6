import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportCommands, isExport, readExport, shellWord } from '../../../cli/settings-text/shell.ts';

const hard = {
  SPACES: '  two  words ',
  QUOTES: `"double" 'single' \`id\` '\\''`,
  DOLLAR: `$HOME \${HOME} $(id) $$`,
  SIGNS: 'a=b:c:d;e&f|g>h<i*j?k[l]!m#n~o',
  COLONS: '1:2:3:4:5:6:7:8:9:10:11',
  LINES: '\nfirst\n\nlast\n',
  CRLF: 'a\r\nb\r',
  BACKSLASH: '\\ \\n a\\',
  UNICODE: 'é 🎉 \u2028 \uFEFF',
  CONTROL: '\u0001\u001b[31m\t',
  EMPTY: '',
  HYPHEN: '-',
  FLAG: '--json',
  LONG: `'${'x'.repeat(99_998)}'`,
};
const entries = Object.entries(hard);
const commands = exportCommands('app', entries);

/** What a shell runs: the words of each octo command, and what came in where the last word is a hyphen. */
function run(shell: string, script: string): string[][] {
  const octo = `octo() { printf '%s\\0' "$@"; for last; do :; done; [ "$last" != - ] && [ "$2" != --secret ] || cat; printf '\\0end\\0'; }`;
  const out = execFileSync(shell, [], { input: `${octo}\n${script}`, encoding: 'utf8', maxBuffer: 1e7 });
  return out
    .split('\0end\0')
    .slice(0, -1)
    .map((call) => call.split('\0'));
}

describe('config:export', () => {
  it.each(['sh', 'bash'])('gives commands that %s hands on byte for byte', (shell) => {
    const [all, hyphen, ...more] = run(shell, `${commands.join('\n')}\n`);
    const words = entries.filter(([, value]) => value !== '-').map(([key, value]) => `${key}=${value}`);
    expect(all?.slice(0, -1)).toEqual(['config:set', 'app', ...words]);
    expect(hyphen).toEqual(['config:set', 'app/HYPHEN', '-', '-\n']);
    expect(more).toEqual([]);
  });

  it('is one command with a setting a line, in plain words where they are', () => {
    const some = [
      ['A', '1'],
      ['URL', 'https://u:p@h.example/x%20y,z+'],
      ['B', "it's two"],
    ] as const;
    expect(exportCommands('app', some)).toEqual([
      "octo config:set app \\\n  A=1 \\\n  URL=https://u:p@h.example/x%20y,z+ \\\n  'B=it'\\''s two'",
    ]);
    expect(exportCommands('app', [])).toEqual([]);
  });

  it('is read back as it was, whatever the values are', () => {
    const read = (given: readonly (readonly [string, string])[]) =>
      readExport(exportCommands('app', given).join('\n'));
    expect(read(entries).mistakes).toEqual([]);
    const found = read(entries).entries.map(({ key, value }) => [key, value]);
    expect(Object.fromEntries(found)).toEqual(hard);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("'", '"', '\\', '\n', '#', ' ', '$', 'a', '-') }),
        (value) => {
          expect(read([['A', value]])).toEqual({ entries: [{ line: 1, key: 'A', value }], mistakes: [] });
        },
      ),
    );
  });
});

describe('secrets in config:export', () => {
  const lines = exportCommands('app', entries, Object.keys(hard));

  it.each(['sh', 'bash'])('come by stdin, byte for byte, in %s', (shell) => {
    const calls = run(shell, `${lines.join('\n')}\n`);
    expect(calls).toEqual(
      entries.map(([key, value]) => ['config:set', '--secret', `app/${key}`, `${value}\n`]),
    );
  });

  it('are read back as secrets', () => {
    const { entries: found, mistakes } = readExport(lines.join('\n'));
    expect(mistakes).toEqual([]);
    expect(found.every(({ secret }) => secret)).toBe(true);
    expect(Object.fromEntries(found.map(({ key, value }) => [key, value]))).toEqual(hard);
    expect(isExport(lines[0] ?? '')).toBe(true);
  });

  it('without a value are a mistake that does not repeat a word', () => {
    const { mistakes } = readExport('octo config:set --secret app/A\nocto config:set --secret app/A hunter2');
    expect(mistakes.map(({ line }) => line)).toEqual([1, 2]);
    expect(JSON.stringify(mistakes)).not.toContain('hunter2');
  });
});

it('a word is quoted where a shell would see more in it', () => {
  expect(['a-b', '', '~', "'"].map(shellWord)).toEqual(['a-b', "''", "'~'", `''\\'''`]);
});

describe('octo config:set lines', () => {
  it('may be written by a person', () => {
    const text = [
      "# don't mind",
      'octo config:set app/A "one $two \\"three\\""',
      '',
      '   # nothing',
      'octo config set app B=2 C=\\ 3 --no-deploy',
      "octo config:set other/D 'two",
      "lines' # is no comment here",
      'octo config:set app \\',
      '  E=5',
    ].join('\n');
    expect(isExport(text)).toBe(true);
    expect(readExport(text)).toEqual({
      entries: [
        { line: 2, key: 'A', value: 'one $two "three"' },
        { line: 5, key: 'B', value: '2' },
        { line: 5, key: 'C', value: ' 3' },
        { line: 8, key: 'E', value: '5' },
      ],
      mistakes: [{ line: 6, problem: expect.stringContaining('D got more than one value') }],
    });
  });

  it.each([
    { text: 'rm -rf /', says: 'no octo config:set line' },
    { text: 'octo config:rm app/A', says: 'no octo config:set line' },
    { text: 'octo config:set app/A -', says: 'stdin' },
    { text: "octo config:set app/A 'x", says: 'not closed' },
    { text: 'octo config:set app/1A x', says: '1A' },
    { text: 'octo config:set app A', says: 'KEY=value' },
    { text: 'octo config:set', says: 'no octo config:set line' },
  ])('$text is a mistake, told with its line', ({ text, says }) => {
    const { mistakes, entries: found } = readExport(`octo config:set app/OK 1\n\n${text}\n`);
    expect(mistakes).toEqual([{ line: 3, problem: expect.stringContaining(says) }]);
    expect(found).toHaveLength(1);
  });

  it.each(['A=1\nocto config:set app/B 2', '{"A": "1"}', '', 'octopus=1'])('%j are none', (text) => {
    expect(isExport(text)).toBe(false);
  });
});
