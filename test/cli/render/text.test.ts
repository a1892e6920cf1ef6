import { describe, expect, it } from 'vitest';
import { cleanLine, duration, moment } from '../../../cli/render/text.ts';

describe('cleanLine', () => {
  it.each([
    { what: 'plain text', line: 'Step 1/3 : FROM app\t# x', clean: 'Step 1/3 : FROM app\t# x' },
    { what: 'colours', line: '\u001b[31mred\u001b[0m', clean: 'red' },
    { what: 'a title', line: '\u001b]0;owned\u0007text', clean: 'text' },
    { what: 'a line that redraws itself', line: '10 %\r50 %\r100 %', clean: '100 %' },
    { what: 'a DOS line end', line: 'text\r', clean: 'text' },
    { what: 'control characters of eight bits', line: 'a\u009b2Jb\u0085\u0090c', clean: 'abc' },
    { what: 'bells and backspaces', line: 'a\u0007b\u0008c\u0000', clean: 'abc' },
    { what: 'other scripts', line: 'grün 日本', clean: 'grün 日本' },
  ])('keeps what can be read of $what', ({ line, clean }) => {
    expect(cleanLine(line)).toBe(clean);
  });
});

describe('duration', () => {
  it.each([
    [0, '0 ms'],
    [99.6, '100 ms'],
    [140, '0.1 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [60_000, '1 min 0 s'],
    [125_000, '2 min 5 s'],
  ])('of %d ms is %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });
});

it('shortens a moment to seconds', () => {
  expect(moment('2026-03-01T12:30:05.123Z')).toBe('2026-03-01 12:30:05');
});
