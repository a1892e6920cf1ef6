/**
 * Settings as KEY=value lines, the form of .env files. Pure. Written here because node's util.parseEnv skips what it
 * cannot read, knows no line numbers and ends `"a\"b"` at the second quote; and where readers of such files disagree
 * (`A=x#y`), the line is refused, not guessed at.
 */
import type { Entries, Entry, Mistake } from './entries.ts';

const blankLine = /[ \t]*(?:#[^\n]*)?(?:\r?\n|\r?$)/y;
const assignment = /[ \t]*(?:export[ \t]+)?([^\s=#'"]+)[ \t]*=[ \t]*/y;
const quoted = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|`([^`]*)`/y;
const restOfLine = /([^\n]*)(?:\n|$)/y;

export function readDotenv(text: string): Entries {
  const entries: Entry[] = [];
  const mistakes: Mistake[] = [];
  let [at, line] = [0, 1];
  while (at < text.length) {
    const found = readLine(text, at);
    if ('problem' in found) mistakes.push({ line, problem: found.problem });
    else if ('key' in found) entries.push({ line, key: found.key, value: found.value });
    line += text.slice(at, found.end).split('\n').length - 1;
    at = found.end;
  }
  return { entries, mistakes };
}

type Line = { end: number } & ({ problem: string } | { key: string; value: string } | object);

function readLine(text: string, at: number): Line {
  const blank = matchAt(blankLine, text, at);
  if (blank) return { end: blank.end };
  const start = matchAt(assignment, text, at);
  if (!start) return { end: endOfLine(text, at), problem: 'This is no KEY=value.' };
  const [key = ''] = start.groups;
  const value = matchAt(quoted, text, start.end);
  if (!value) return readPlain(text, start.end, key);
  const after = matchAt(blankLine, text, value.end);
  if (!after) {
    return { end: endOfLine(text, value.end), problem: `Something stands after the quotes around ${key}.` };
  }
  const [single, double, back] = value.groups;
  return { end: after.end, key, value: single ?? back ?? meant(double ?? '') };
}

/** A value without quotes ends where the line or a comment does. */
function readPlain(text: string, at: number, key: string): Line {
  const end = endOfLine(text, at);
  const rest = text.slice(at, end).replace(/[ \t\r\n]+$/, '');
  if (/^['"`]/.test(rest)) return { end, problem: `A quote around ${key} is not closed.` };
  const value = rest.replace(/^#(?:[ \t].*)?$|[ \t]+#.*$/, '');
  if (value.includes('#')) return { end, problem: `There is a # in ${key}: put its value in quotes.` };
  return { end, key, value };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Within "…": what other languages mean by it; a backslash before anything else stands for itself. */
function meant(text: string): string {
  return text.replaceAll(/\\([nrt"\\$`])/g, (_all, one: string) => escapes[one] ?? one);
}

function endOfLine(text: string, at: number): number {
  return matchAt(restOfLine, text, at)?.end ?? text.length;
}

function matchAt(pattern: RegExp, text: string, at: number) {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match && { end: pattern.lastIndex, groups: match.slice(1) as (string | undefined)[] };
}
