/** Which command the words of a command line name. Pure, so that one command can be loaded without all the others. */

export interface FoundCommand {
  /** `config:set`. */
  readonly id: string;
  /** Its file below the commands folder, without extension: `config/set`. */
  readonly path: string;
  /** The words after its name. */
  readonly rest: readonly string[];
}

const wordPattern = /^[a-z][a-z0-9-]*$/;
const helpFlags = new Set(['--help', '-h']);

/**
 * The command that `config:set …` or `config set …` names; undefined where all commands are needed to tell (help,
 * aliases, typing errors).
 * @param isCommand whether the path below the commands folder is a command
 */
export function findCommand(
  argv: readonly string[],
  isCommand: (path: string) => boolean,
): FoundCommand | undefined {
  const end = argv.indexOf('--');
  if ((end === -1 ? argv : argv.slice(0, end)).some((word) => helpFlags.has(word))) return undefined;
  const first = argv[0] ?? '';
  if (first.includes(':')) return named(first.split(':'), argv.slice(1), isCommand);
  const words = leadingWords(argv);
  for (let length = words.length; length > 0; length -= 1) {
    const found = named(words.slice(0, length), argv.slice(length), isCommand);
    if (found) return found;
  }
  return undefined;
}

function named(
  words: readonly string[],
  rest: readonly string[],
  isCommand: (path: string) => boolean,
): FoundCommand | undefined {
  const path = words.join('/');
  if (!words.every((word) => wordPattern.test(word)) || !isCommand(path)) return undefined;
  return { id: words.join(':'), path, rest };
}

function leadingWords(argv: readonly string[]): string[] {
  const other = argv.findIndex((word) => !wordPattern.test(word));
  return argv.slice(0, other === -1 ? argv.length : other).slice(0, 3);
}

/** The commands that somebody may have meant: those nearest to what was typed, at most two. */
export function nearestCommands(argv: readonly string[], ids: readonly string[]): string[] {
  const first = argv[0] ?? '';
  const typed = leadingWords(argv);
  const near = ids
    .map((id) => {
      const words = first.includes(':') ? first : typed.slice(0, id.split(':').length).join(':');
      return { id, distance: editDistance(words, id), limit: Math.max(2, Math.floor(id.length / 3)) };
    })
    .filter(({ distance, limit, id }) => distance <= limit && distance < id.length - 1)
    .toSorted((a, b) => a.distance - b.distance || b.id.length - a.id.length);
  return near
    .filter(({ distance }) => distance === near[0]?.distance)
    .slice(0, 2)
    .map(({ id }) => id);
}

/** How many letters must be put in, taken out, replaced or swapped with their neighbour. */
export function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_row, row) =>
    Array.from({ length: b.length + 1 }, (_column, column) => (row === 0 ? column : column === 0 ? row : 0)),
  );
  const at = (row: number, column: number) => (rows[row] as number[])[column] as number;
  for (let row = 1; row <= a.length; row += 1) {
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      (rows[row] as number[])[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
        swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
  }
  return at(a.length, b.length);
}
