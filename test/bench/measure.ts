/** Measures values against a floor in one run, alternating, so that a noisy machine cancels out. */

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly unit: 's' | 'ms CPU';
  /** Median of the floor. */
  readonly floor: number;
  /** Median of octohost. */
  readonly value: number;
  readonly ratio: number;
  /** The highest ratio that is good enough. */
  readonly goal: number;
  readonly met: boolean;
  readonly floorRange: readonly [number, number];
  readonly valueRange: readonly [number, number];
}

export interface Measurement {
  readonly name: string;
  readonly unit: Row['unit'];
  readonly goal: number;
  readonly rounds: number;
  /** One measurement of each; the round's number makes its input new. */
  floor(round: number): Promise<number>;
  value(round: number): Promise<number>;
}

/** The first round warms up and does not count. */
export async function measure(what: Measurement): Promise<Row> {
  const floors: number[] = [];
  const values: number[] = [];
  for (let round = 0; round <= what.rounds; round++) {
    const floor = await what.floor(round);
    const value = await what.value(round);
    if (round === 0) continue;
    floors.push(floor);
    values.push(value);
  }
  return rowOf(what, floors, values);
}

/** Medians, ranges and whether the goal is met. Pure. */
export function rowOf(
  what: Pick<Measurement, 'name' | 'unit' | 'goal'>,
  floors: readonly number[],
  values: readonly number[],
): Row {
  const floor = median(floors);
  const value = median(values);
  const ratio = value / floor;
  const range = (numbers: readonly number[]) => [Math.min(...numbers), Math.max(...numbers)] as const;
  const { name, unit, goal } = what;
  return {
    name,
    unit,
    floor,
    value,
    ratio,
    goal,
    met: ratio <= goal,
    floorRange: range(floors),
    valueRange: range(values),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** A Markdown table, so that the README can show the output as it is. Pure. */
export function tableOf(rows: readonly Row[]): string {
  const digits = (row: Row, number: number) => number.toFixed(row.unit === 's' ? 2 : 0);
  const shown = (row: Row, number: number, [least, most]: readonly [number, number]) =>
    `${digits(row, number)} ${row.unit} (${digits(row, least)}-${digits(row, most)})`;
  const lines = rows.map((row) =>
    [
      row.name,
      shown(row, row.floor, row.floorRange),
      shown(row, row.value, row.valueRange),
      `${row.ratio.toFixed(2)} ×`,
      `≤ ${row.goal} ×`,
      row.met ? 'yes' : 'no',
    ].join(' | '),
  );
  return [
    '| what | floor | octohost | ratio | goal | met |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}
