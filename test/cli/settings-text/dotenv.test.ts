import { describe, expect, it } from 'vitest';
import { readDotenv } from '../../../cli/settings-text/dotenv.ts';

describe('KEY=value lines', () => {
  it.each([
    { text: 'A=1', value: '1' },
    { text: 'export A=1', value: '1' },
    { text: '  A = two words  ', value: 'two words' },
    { text: 'A=', value: '' },
    { text: 'A=# a comment', value: '' },
    { text: 'A=x # a comment', value: 'x' },
    { text: 'A=a=b:c', value: 'a=b:c' },
    { text: "A=it's $HOME \\n", value: "it's $HOME \\n" },
    { text: 'A=\'it is $HOME \\n # "x"\' # a comment', value: 'it is $HOME \\n # "x"' },
    { text: 'A="a\\"b\\n\\t\\\\ \\$x \\d $HOME"', value: 'a"b\n\t\\ $x \\d $HOME' },
    { text: 'A=`it\'s "x"`', value: 'it\'s "x"' },
    { text: "A='two\nlines\r\nand more'", value: 'two\nlines\r\nand more' },
    { text: 'A=1\r\n', value: '1' },
    { text: 'A="1"\r\n', value: '1' },
    { text: 'A=\u00a0x\u00a0', value: '\u00a0x\u00a0' },
    { text: 'A=🎉', value: '🎉' },
  ])('$text', ({ text, value }) => {
    expect(readDotenv(text)).toEqual({ entries: [{ line: 1, key: 'A', value }], mistakes: [] });
  });

  it('stand among comments and blank lines, and a value may span several', () => {
    const text = '# first\n\nA=1\r\nB="x\ny"\n  # more\nC=3';
    expect(readDotenv(text).entries.map(({ line, key }) => `${line} ${key}`)).toEqual(['3 A', '4 B', '7 C']);
  });

  it.each([
    { text: 'A', says: 'no KEY=value' },
    { text: 'A: secret', says: 'no KEY=value' },
    { text: '=secret', says: 'no KEY=value' },
    { text: 'A=secret#1', says: 'put its value in quotes' },
    { text: 'A=#secret', says: 'put its value in quotes' },
    { text: 'A="secret', says: 'not closed' },
    { text: "A='it'secret", says: 'after the quotes around A' },
  ])('$text is a mistake, told with its line and without what may be a secret', ({ text, says }) => {
    const { entries, mistakes } = readDotenv(`OK=1\n\n${text}\nTOO=2`);
    expect(entries.map(({ key }) => key)).toEqual(['OK', 'TOO']);
    expect(mistakes).toEqual([{ line: 3, problem: expect.stringContaining(says) }]);
    expect(JSON.stringify(mistakes)).not.toContain('secret');
  });
});
