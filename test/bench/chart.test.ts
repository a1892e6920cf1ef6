import { expect, it } from 'vitest';
import { chartOf } from './chart.ts';

it('a chart has a dot for each count, decades as far apart as each other, and nothing but text of its own', () => {
  const points = [
    { count: 1, value: 0.5 },
    { count: 10, value: 1 },
    { count: 100, value: 20 },
  ];
  const svg = chartOf({ title: 'a <push>', unit: 's', of: 'sites', points });
  const dots = [...svg.matchAll(/circle cx="(\d+)" cy="(\d+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
  expect(dots).toEqual([
    [48, 208],
    [240, 204],
    [432, 48],
  ]);
  expect(svg).toContain('>20 s<');
  expect(svg).toContain('a &lt;push&gt;');
});
