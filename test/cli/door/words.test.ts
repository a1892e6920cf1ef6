import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWords } from '../../../cli/door/words.ts';

/** What a real shell makes of it. */
function wordsOfShell(text: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

const shellSigns = ['$HOME', '$(id)', '`id`', '*', '~', 'a;b', 'a&b', '|x', '>y', '#z', '!1'];

/** As Python's shlex.quote and most others do. */
const quote = (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`;

describe('the words of a command line', () => {
  it.each([
    { text: '', words: [] },
    { text: ' \t ', words: [] },
    { text: 'config app', words: ['config', 'app'] },
    { text: ' a\t b ', words: ['a', 'b'] },
    { text: "config:set app/KEY 'a b'", words: ['config:set', 'app/KEY', 'a b'] },
    { text: 'a "" \'\' b', words: ['a', '', '', 'b'] },
    { text: `x"y z"'w v'\\ u`, words: ['xy zw v u'] },
    { text: `"a\\"b" 'a"b' "a'b"`, words: ['a"b', 'a"b', "a'b"] },
    { text: `'\\\\'"'"'x'`, words: ["\\\\'x"] },
    { text: `'a\\"b'"c"`, words: ['a\\"bc'] },
    { text: '"\\$x \\` \\\\ \\n"', words: ['$x ` \\ \\n'] },
    { text: 'a\\\nb "c\\\nd"', words: ['ab', 'cd'] },
    { text: '"two\nlines"', words: ['two\nlines'] },
    { text: '$HOME $(id) `id` * ~ a;b a&b |x >y #z !1', words: shellSigns },
    { text: "$'\\n'", words: ['$\\n'] },
    { text: '"Zoë" 日本 a\u00a0b', words: ['Zoë', '日本', 'a\u00a0b'] },
  ])('$text is $words', ({ text, words }) => {
    expect(shellWords(text)).toEqual(words);
  });

  it.each(["'", '"', 'a "b', "a 'b\\'c'", '"\\"', 'a\\', 'a\nb', '\n'])('refuses %j', (text) => {
    expect(() => shellWords(text)).toThrow(expect.objectContaining({ code: 'E_DOOR_QUOTES' }));
  });

  it('gives back whatever was quoted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', ' ', '\n', '\t', 'a', '*') }), {
          minLength: 1,
        }),
        (words) => {
          expect(shellWords(words.map(quote).join(' '))).toEqual(words);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('are those that a POSIX shell sees, where nothing is to be expanded', () => {
    const piece = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '\\', '"', ' ', '$', '`') }).map((text) => `'${text}'`),
      fc.constantFrom(
        '"a\\"b"',
        '"\\\\"',
        '"\\a"',
        '"\\$"',
        '"\\`"',
        '"\'"',
        '\\"',
        "\\'",
        '\\\\',
        '\\ ',
        '\\$',
        ' ',
        'b',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const text = `x${pieces.join('')}`;
        expect(shellWords(text)).toEqual(wordsOfShell(text));
      }),
      { numRuns: 200 },
    );
  });
});
