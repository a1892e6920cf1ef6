/**
 * A command line as its words: a POSIX shell's quotes, and nothing else of a shell. Pure. Written here because the shlex
 * package drops backslashes of values (of 'a\\'"b", say), as the tests show beside a real shell.
 */
import { errors } from './errors.ts';

/** In this order: blanks, '…', "…", \x, plain characters. What none of them takes is an open quote or a lone \. */
const piece = /([ \t]+)|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^ \t\n\r'"\\]+)/y;

/** @throws E_DOOR_QUOTES: a quote that is not closed, a line break outside of quotes, a \ at the end */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  piece.lastIndex = 0;
  while (piece.lastIndex < text.length) {
    const at = piece.lastIndex;
    const match = piece.exec(text);
    if (!match) throw errors.E_DOOR_QUOTES({ problem: problemAt(text.charAt(at)) });
    const [, blank, single, double, escaped, plain] = match;
    if (blank === undefined) word = (word ?? '') + (single ?? unquote(double) ?? unbreak(escaped) ?? plain);
    else if (word !== undefined) words.push(word);
    if (blank !== undefined) word = undefined;
  }
  return word === undefined ? words : [...words, word];
}

/** Within "…" a backslash counts only before these; before a line break both go. */
const unquote = (text: string | undefined) =>
  text?.replaceAll(/\\([$`"\\]|\n)/g, (_all, one: string) => unbreak(one) ?? '');
const unbreak = (one: string | undefined) => (one === '\n' ? '' : one);

function problemAt(character: string): string {
  if (character === '\\') return 'it ends with a backslash';
  if (character === "'" || character === '"') return `a ${character} is not closed`;
  return 'it has a line break';
}
