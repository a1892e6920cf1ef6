/** Colours, or none. */
import { styleText } from 'node:util';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  styleText(format, text, { validateStream: false });
const same = (text: string) => text;

const coloured: Style = {
  bold: paint('bold'),
  dim: paint('dim'),
  red: paint('red'),
  green: paint('green'),
  yellow: paint('yellow'),
};
export const plain: Style = { bold: same, dim: same, red: same, green: same, yellow: same };

/** Colours go to a terminal that can show them, unless NO_COLOR says otherwise (no-color.org). */
export function styleFor(
  output: { readonly isTerminal: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  const wanted = output.isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  return wanted ? coloured : plain;
}
