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

export function leadingWords(argv: readonly string[]): string[] {
  const other = argv.findIndex((word) => !wordPattern.test(word));
  return argv.slice(0, other === -1 ? argv.length : other).slice(0, 3);
}
