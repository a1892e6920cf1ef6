/** Settings as `octo config:set` lines for a POSIX shell, written and read back. Pure. */
import { shellWords } from '../door/words.ts';
import { errors } from '../errors.ts';
import { secretName, settingValues } from '../setting-words.ts';
import { type Entries, type Entry, type Mistake, problemIn } from './entries.ts';

const plainWord = /^[A-Za-z0-9_.,:/@%+=-]+$/;

/** One word of a shell's command line: nothing in it means anything to the shell. */
export function shellWord(text: string): string {
  return plainWord.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** On stdin, by a command that is the shell's own: the value is in no process's command line. */
const piped = (value: string) => `printf '%s\\n' ${shellWord(value)} | `;

/**
 * The commands that set these settings: a single one with a setting a line, so that a running site gets one release of
 * all; one of its own for each secret, and for each value that is a hyphen, which means stdin to config:set.
 */
export function exportCommands(
  site: string,
  settings: readonly (readonly [key: string, value: string])[],
  secrets: readonly string[] = [],
): string[] {
  const isSecret = ([key]: readonly [string, string]) => secrets.includes(key);
  const plain = settings.filter((one) => !isSecret(one));
  const words = plain.flatMap(([key, value]) => (value === '-' ? [] : [shellWord(`${key}=${value}`)]));
  const hyphens = plain.filter(([, value]) => value === '-');
  return [
    ...(words.length > 0 ? [[`octo config:set ${site}`, ...words].join(' \\\n  ')] : []),
    ...hyphens.map(([key, value]) => `${piped(value)}octo config:set ${site}/${key} -`),
    ...settings
      .filter(isSecret)
      .map(([key, value]) => `${piped(value)}octo config:set --secret ${site}/${key}`),
  ];
}

const commandStart = /^(?:printf '%s\\n' .*|octo config[: ]set )/;

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
      for (const one of readCommand(command)) entries.push({ line, ...one });
    });
    if (problem !== undefined) mistakes.push({ line, problem });
  }
  return { entries, mistakes };
}

/** @throws E_ARGUMENTS, E_DOOR_QUOTES and what settingValues and secretName throw */
function readCommand(command: string): Omit<Entry, 'line'>[] {
  const all = shellWords(command);
  const [printf, form, given, pipe, ...after] = all;
  const stdin = printf === 'printf' && form === '%s\\n' && pipe === '|' ? given : undefined;
  const [octo, ...more] = stdin === undefined ? all : after;
  const name = ['config:set', 'config set'].find((one) => more.join(' ').startsWith(`${one} `));
  if (octo !== 'octo' || !name) throw errors.E_ARGUMENTS({ problem: 'This is no octo config:set line.' });
  const rest = more.slice(name.split(' ').length).filter((word) => !options.has(word));
  if (rest.includes('--secret')) {
    const [target = '', ...words] = rest.filter((word) => word !== '--secret');
    if (stdin === undefined) throw noStdin();
    return [{ key: secretName(target, words).key, value: stdin, secret: true }];
  }
  return Object.entries(settingValues(rest[0] ?? '', rest.slice(1)).values).map(([key, value]) => {
    if (value !== '-') return { key, value };
    if (stdin === undefined) throw noStdin();
    return { key, value: stdin };
  });
}

const noStdin = () => errors.E_ARGUMENTS({ problem: 'A value would come from stdin, which is this text.' });

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
