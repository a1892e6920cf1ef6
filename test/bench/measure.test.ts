import { describe, expect, it } from 'vitest';
import { atMost, overFloor, timesFloor, timesFloorOrMore } from './goal.ts';
import { measure, rowOf, tableOf } from './measure.ts';

const what = { name: 'a deploy', unit: 's', goal: timesFloor(1.5) } as const;

it('a row has medians, ranges and whether the goal is met', () => {
  expect(rowOf(what, [3, 2.5, 4, 2.5], [1, 3, 2])).toEqual({
    name: 'a deploy',
    unit: 's',
    floor: 2,
    value: 2.75,
    ratio: 1.375,
    goal: '≤ 1.5 ×',
    met: true,
    floorRange: [1, 3],
    valueRange: [2.5, 4],
  });
});

it('a row without a floor has no ratio', () => {
  const row = rowOf({ ...what, goal: atMost(2) }, [1, 3]);
  expect(row).toMatchObject({ floor: null, floorRange: null, ratio: null, value: 2, met: true });
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

describe('a goal', () => {
  it.each([
    [timesFloor(1.25), '≤ 1.25 ×', 5, 4, true],
    [timesFloor(1.25), '≤ 1.25 ×', 5.1, 4, false],
    [timesFloorOrMore(1.6), '≥ 1.6 ×', 1.6, 1, true],
    [timesFloorOrMore(1.6), '≥ 1.6 ×', 1.5, 1, false],
    [overFloor(0.5), '≤ floor + 0.5 s', 1.5, 1, true],
    [overFloor(0.5), '≤ floor + 0.5 s', 1.6, 1, false],
    [atMost(0.6), '≤ 0.6 s', 0.6, Number.NaN, true],
    [atMost(0.6), '≤ 0.6 s', 0.7, Number.NaN, false],
  ])('%# says what it wants, and sees it', (goal, text, value, floor, met) => {
    expect(goal.text('s')).toBe(text);
    expect(goal.isMet(value, floor)).toBe(met);
  });
});

it('the table is Markdown', () => {
  const rows = [rowOf(what, [2], [1]), rowOf({ name: 'memory', unit: 'MB', goal: atMost(120) }, [90])];
  expect(tableOf(rows).split('\n').slice(2)).toEqual([
    '| a deploy | 1.00 s (1.00-1.00) | 2.00 s (2.00-2.00) | 2.00 × | ≤ 1.5 × | no |',
    '| memory |  | 90 MB (90-90) |  | ≤ 120 MB | yes |',
  ]);
});
