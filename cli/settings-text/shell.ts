/** Settings as `octo config:set` lines for a POSIX shell, written and read back. Pure. */
import { shellWords } from '../door/words.ts';
import { errors } from '../errors.ts';
import { settingValues } from '../setting-words.ts';
import { type Entries, type Entry, type Mistake, problemIn } from './entries.ts';

const plainWord = /^[A-Za-z0-9_.,:/@%+=-]+$/;

/** One word of a shell's command line: nothing in it means anything to the shell. */
export function shellWord(text: string): string {
  return plainWord.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value that is one hyphen means stdin to config:set, so it is given there. */
const hyphen = "printf '%s\\n' - | ";

/**
 * The commands that set these settings: a single one with a setting a line, so that a running site gets one release of
 * all; for each value that is a hyphen one of its own.
 */
export function exportCommands(
  site: string,
  settings: readonly (readonly [key: string, value: string])[],
): string[] {
  const words = settings.flatMap(([key, value]) => (value === '-' ? [] : [shellWord(`${key}=${value}`)]));
  const hyphens = settings.filter(([, value]) => value === '-');
  return [
    ...(words.length > 0 ? [[`octo config:set ${site}`, ...words].join(' \\\n  ')] : []),
    ...hyphens.map(([key]) => `${hyphen}octo config:set ${site}/${key} -`),
  ];
}

const commandStart = /^(?:printf '%s\\n' - \| )?octo config[: ]set /;

/** Whether a text is `octo config:set` lines. */
export function isExport(text: string): boolean {
  const first = text.split('\n').find((line) => !/^\s*(?:#.*)?$/.test(line));
  return first !== undefined && commandStart.test(first.trimStart());
}

/** Reads what exportCommands wrote, or a person in the same way. Which site the lines name does not matter. */
export function readExport(text: string): Entries {
  const entries: Entry[] = [];
  const mistakes: Mistake[] = [];
  for (const { line, command } of commandsOf(text)) {
    const problem = problemIn(() => {
      for (const [key, value] of readCommand(command)) entries.push({ line, key, value });
    });
    if (problem !== undefined) mistakes.push({ line, problem });
  }
  return { entries, mistakes };
}

/** @throws E_ARGUMENTS, E_DOOR_QUOTES and what settingValues throws */
function readCommand(command: string): [key: string, value: string][] {
  const given = command.startsWith(hyphen);
  const words = shellWords(given ? command.slice(hyphen.length) : command);
  const [octo, ...more] = words;
  const name = ['config:set', 'config set'].find((one) => more.join(' ').startsWith(`${one} `));
  if (octo !== 'octo' || !name) throw errors.E_ARGUMENTS({ problem: 'This is no octo config:set line.' });
  const rest = more.slice(name.split(' ').length).filter((word) => !options.has(word));
  const pairs = Object.entries(settingValues(rest[0] ?? '', rest.slice(1)).values);
  if (!given && pairs.some(([, value]) => value === '-'))
    throw errors.E_ARGUMENTS({ problem: 'A value would come from stdin, which is this text.' });
  return pairs;
}

const options = new Set(['--no-deploy', '--wait']);

/** In this order: the end of a line, quoted text, an escaped character, plain text, a quote that is not closed. */
const piece = /\n|'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\n'"\\]+|[\s\S]/y;
const comment = /[ \t]*#[^\n]*/y;

/** Commands with the line on which each begins; a line break within quotes or after a backslash ends none. */
function commandsOf(text: string): { line: number; command: string }[] {
  const commands: { line: number; command: string }[] = [];
  let [line, begun, at] = [1, 1, 0];
  let command = '';
  const end = () => {
    if (command.trim() !== '') commands.push({ line: begun, command: command.trim() });
    command = '';
  };
  while (at < text.length) {
    const found = (command === '' && matchAt(comment, text, at)) || matchAt(piece, text, at);
    at += found.length;
    line += found.split('\n').length - 1;
    if (found === '\n') {
      end();
      begun = line;
    } else if (found !== '\\\n' && !(command === '' && /^[ \t]*#/.test(found))) command += found;
  }
  end();
  return commands;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
