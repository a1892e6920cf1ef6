import { describe, expect, it } from 'vitest';
import { facts, table } from '../../../cli/render/table.ts';

const rows = [
  ['app', 'up', 'http://app.example.com'],
  ['a-longer-name', 'down', '-'],
];

describe('table', () => {
  it('aligns its columns and ends no line with spaces', () => {
    expect(table(['SITE', 'STATE', 'URL'], rows)).toEqual([
      'SITE           STATE  URL',
      'app            up     http://app.example.com',
      'a-longer-name  down   -',
    ]);
  });

  it.each([60, 40, 34, 30])('fits %d columns by cutting the widest first', (width) => {
    const lines = table(['SITE', 'STATE', 'URL'], rows, { width });
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    expect(lines[2]).toContain('down');
  });

  it('cuts nothing below what can still be read, however narrow the terminal is', () => {
    expect(table(['SITE', 'STATE', 'URL'], rows, { width: 5 })[1]).toMatch(/^app +up +http:\/\/…$/);
  });

  it('leaves a column whole that somebody types again', () => {
    const lines = table(['SITE', 'STATE', 'URL'], rows, { width: 34, whole: ['URL'] });
    expect(lines[1]).toMatch(/^app +up +http:\/\/app\.example\.com$/);
    const narrow = table(['SITE', 'STATE', 'URL'], rows, { width: 10, whole: ['SITE', 'STATE', 'URL'] });
    expect(narrow[2]).toBe('a-longer-name  down   -');
  });

  it('shows headers alone where there is no row', () => {
    expect(table(['SITE', 'STATE'], [])).toEqual(['SITE  STATE']);
  });
});

it('aligns the values of facts', () => {
  expect(
    facts([
      ['site', 'app'],
      ['instances', '1 of 1'],
      ['', 'more'],
    ]),
  ).toEqual(['site       app', 'instances  1 of 1', '           more']);
});
