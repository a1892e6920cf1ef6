/** Measures values against a floor in one run, alternating, so that a noisy machine cancels out. */
import type { Goal, Unit } from './goal.ts';

/** One line of the table. Numbers are medians; `floor` and `ratio` are null where there is nothing to compare with. */
export interface Row {
  readonly name: string;
  readonly unit: Unit;
  readonly floor: number | null;
  readonly value: number;
  readonly ratio: number | null;
  /** In words: `≤ 1.25 ×`. */
  readonly goal: string;
  readonly met: boolean;
  readonly floorRange: readonly [number, number] | null;
  readonly valueRange: readonly [number, number];
}

/** What a row says, apart from its figures. */
export interface Subject {
  readonly name: string;
  readonly unit: Unit;
  readonly goal: Goal;
}

export interface Measurement extends Subject {
  readonly rounds: number;
  /** One measurement of each; the round's number makes its input new. */
  floor(round: number): Promise<number>;
  value(round: number): Promise<number>;
}

/** The first round warms up and does not count. */
export async function measure({ rounds, floor, value, ...subject }: Measurement): Promise<Row> {
  const { floors, values } = await inTurn(rounds, floor, value);
  return rowOf(subject, values, floors);
}

/** Takes one of each in turn, so often and once more: the first round warms up and does not count. */
export async function inTurn<Floor, Value>(
  rounds: number,
  floor: (round: number) => Promise<Floor>,
  value: (round: number) => Promise<Value>,
): Promise<{ floors: Floor[]; values: Value[] }> {
  const floors: Floor[] = [];
  const values: Value[] = [];
  for (let round = 0; round <= rounds; round++) {
    const [one, other] = [await floor(round), await value(round)];
    if (round === 0) continue;
    floors.push(one);
    values.push(other);
  }
  return { floors, values };
}

/** Medians, ranges and whether the goal is met. Pure. @param floors left out: nothing to compare with */
export function rowOf(
  { name, unit, goal }: Subject,
  values: readonly number[],
  floors?: readonly number[],
): Row {
  const floor = floors ? median(floors) : null;
  const value = median(values);
  return {
    name,
    unit,
    floor,
    value,
    ratio: floor === null ? null : value / floor,
    goal: goal.text(unit),
    met: goal.isMet(value, floor ?? Number.NaN),
    floorRange: floors ? rangeOf(floors) : null,
    valueRange: rangeOf(values),
  };
}

const rangeOf = (numbers: readonly number[]) => [Math.min(...numbers), Math.max(...numbers)] as const;

/** Of none: NaN. Pure. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

const digits: Readonly<Record<Unit, number>> = { s: 2, ms: 0, 'ms CPU': 0, µs: 1, MB: 0, 'in 1 s': 2 };

/** A Markdown table, so that the README can show the output as it is. Pure. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const shown = (number: number, [least, most]: readonly [number, number]) => {
      const [text, low, high] = [number, least, most].map((one) => one.toFixed(digits[row.unit]));
      return `${text} ${row.unit} (${low}-${high})`;
    };
    return [
      row.name,
      row.floor === null || row.floorRange === null ? '' : shown(row.floor, row.floorRange),
      shown(row.value, row.valueRange),
      row.ratio === null ? '' : `${row.ratio.toFixed(2)} ×`,
      row.goal,
      row.met ? 'yes' : 'no',
    ].join(' | ');
  });
  return [
    '| what | floor | octohost | ratio | goal | met |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}
