import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../cli/settings-text/read.ts';

const mistakesIn = (text: string) =>
  readSettings(text).mistakes.map(({ line, problem }) => `${line} ${problem}`);

describe('settings as JSON', () => {
  it('are texts by name, byte for byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), (a, b) => {
        fc.pre([a, b].every((value) => !value.includes('\0') && value.isWellFormed()));
        for (const space of [0, 2])
          expect(readSettings(JSON.stringify({ A: a, B: b }, null, space))).toEqual({
            settings: { A: a, B: b },
            secrets: [],
            mistakes: [],
          });
      }),
    );
    expect(readSettings('\uFEFF { "\\u0041" : "\\ud83c\\udf89\\/" } ').settings).toEqual({ A: '🎉/' });
  });

  it('that are wrong are told with their lines, without what may be secrets', () => {
    const text =
      '{\n"A": 2,\n"B": true,\n"1C": "x",\n"A": "x",\n"D": "\\q",\n"E": "\\ud800",\n"F": ["secret"]\n}';
    const mistakes = mistakesIn(text);
    expect(mistakes.map((line) => line.slice(0, 1))).toEqual(['2', '3', '4', '6', '7', '8']);
    expect(mistakes[0]).toBe('2 The value of "A" is no text in double quotes.');
    expect(mistakes.join()).not.toContain('secret');
  });

  it.each([
    { text: '{"A": "1",\n}', line: 2 },
    { text: '{"A": "1"\n"B": "2"}', line: 2 },
    { text: '{"A"\n"1"}', line: 2 },
    { text: '{\nA: "1"}', line: 2 },
    { text: '{"A": "1"}\nx', line: 2 },
    { text: '{"A": "1"', line: 1 },
    { text: '{"A": "1', line: 1 },
    { text: '{', line: 1 },
  ])('need an object: $text', ({ text, line }) => {
    expect(mistakesIn(text)[0]).toMatch(new RegExp(`^${line} `));
  });
});

describe('settings in any form', () => {
  it('are known by how they begin', () => {
    const settings = { A: '1' };
    for (const text of [
      'A=1',
      '# x\nA=1',
      '{"A":"1"}',
      '\n{"A":"1"}',
      'octo config:set x/A 1',
      '# x\nocto config set x A=1',
    ])
      expect(readSettings(text)).toEqual({ settings, secrets: [], mistakes: [] });
  });

  it('are checked as config:set does, all of them at once', () => {
    const text = ['A=1', 'CONTAINERS=many', '1B=x', 'OCTO_NONSENSE=1', 'no', 'A=2', 'DOMAINS=a;b'].join('\n');
    const mistakes = mistakesIn(text);
    expect(mistakes.map((line) => line.slice(0, 1))).toEqual(['2', '3', '4', '5', '6', '7']);
    expect(mistakes[4]).toBe('6 A stands in line 1 already.');
  });

  it.each(['', '\n# nothing\n', '{}', '{ }'])('are wanted: %j has none', (text) => {
    expect(mistakesIn(text)).toEqual(['1 There is no setting in it.']);
  });
});
