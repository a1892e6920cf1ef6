import { expect, it } from 'vitest';
import { hookCost, hookLine } from './hooks.ts';
import { measure, rowOf, tableOf } from './measure.ts';

const what = { name: 'a deploy', unit: 's', goal: 1.5 } as const;

it('a row has medians, ranges and whether the goal is met', () => {
  expect(rowOf(what, [1, 3, 2], [3, 2.5, 4, 2.5])).toEqual({
    ...what,
    floor: 2,
    value: 2.75,
    ratio: 1.375,
    met: true,
    floorRange: [1, 3],
    valueRange: [2.5, 4],
  });
});

it('floor and value take turns, and the first round does not count', async () => {
  const order: string[] = [];
  const turn = (name: string) => async (round: number) => {
    order.push(`${name}${round}`);
    return round === 0 ? 100 : 1;
  };
  const row = await measure({ ...what, rounds: 2, floor: turn('f'), value: turn('v') });
  expect(order).toEqual(['f0', 'v0', 'f1', 'v1', 'f2', 'v2']);
  expect(row.ratio).toBe(1);
});

it('the table is Markdown', () => {
  expect(tableOf([rowOf(what, [1], [2])]).split('\n')[2]).toBe(
    '| a deploy | 1.00 s (1.00-1.00) | 2.00 s (2.00-2.00) | 2.00 × | ≤ 1.5 × | no |',
  );
});

it('the cost of a hook is measured, and told against its goal', async () => {
  const cost = await hookCost(1, 2);
  expect(cost.microseconds).toBeGreaterThan(0);
  expect(hookLine({ microseconds: 15.7, goal: 100, met: true })).toBe(
    'A hook with ten taps: 16 µs (goal: ≤ 100 µs, met).',
  );
  expect(hookLine({ microseconds: 101, goal: 100, met: false })).toContain('missed');
});
