/** Columns that fit the terminal. Pure. */

const gap = '  ';
const narrowest = 8;

export interface TableOptions {
  /** The terminal's width in columns; undefined (a file, a pipe): nothing is cut. */
  readonly width?: number | undefined;
  /** Paints the header line. */
  readonly header?: (text: string) => string;
  /** Titles of columns that are never cut: what somebody types again. */
  readonly whole?: readonly string[];
}

/**
 * Lines of a table: columns as wide as their longest cell, no trailing spaces. Where the terminal is too narrow the
 * widest columns are cut, with `…` at the cut, but for those that are to stay whole.
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string[] {
  const wanted = header.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(({ length }) => length)),
  );
  const { whole = [] } = options;
  const isWhole = (column: number) => whole.includes(header[column] ?? '');
  const widths = options.width === undefined ? wanted : shrink(wanted, options.width, isWhole);
  const line = (cells: readonly string[]) =>
    widths
      .map((width, column) => cut(cells[column] ?? '', width).padEnd(width))
      .join(gap)
      .trimEnd();
  const paint = options.header ?? ((text: string) => text);
  return [paint(line(header)), ...rows.map(line)];
}

/** Takes from the widest column, one character at a time, until all fit or none can give more. */
function shrink(wanted: readonly number[], width: number, isWhole: (column: number) => boolean): number[] {
  const widths = [...wanted];
  const given = () => widths.map((one, column) => (isWhole(column) ? 0 : one));
  let over = widths.reduce((sum, one) => sum + one, 0) + gap.length * (widths.length - 1) - width;
  while (over > 0) {
    const widest = given().indexOf(Math.max(...given()));
    if (isWhole(widest) || (widths[widest] ?? 0) <= narrowest) break;
    widths[widest] = (widths[widest] as number) - 1;
    over -= 1;
  }
  return widths;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Lines of `name  value`, names aligned. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${name.padEnd(width)}${gap}${value}`.trimEnd());
}
