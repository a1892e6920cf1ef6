/**
 * Settings as one JSON object of texts. Pure. Read token by token, because JSON.parse takes the last of two equal names
 * without a word, and its errors show the text, which may hold secrets.
 */
import type { Entries, Entry, Mistake } from './entries.ts';

interface Token {
  readonly line: number;
  readonly text: string;
}

const token = /"(?:[^"\\\n]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+|"/g;

/** All mistakes in names and values, and the first one in the syntax. */
export function readJson(text: string): Entries {
  const entries: Entry[] = [];
  const mistakes: Mistake[] = [];
  const tokens = tokensOf(text);
  const end = { line: tokens.at(-1)?.line ?? 1, text: '' };
  let next = 0;
  const take = () => tokens[next++] ?? end;
  const expect = (wanted: string, one = take()): Token => {
    if (!wanted.split(' ').includes(one.text))
      throw new Stop({ line: one.line, problem: `Here ${wanted.replace(' ', ' or ')} is missing.` });
    return one;
  };
  const readPair = (name: Token) => {
    const key = textOf(name);
    if (key === undefined)
      throw new Stop({ line: name.line, problem: 'Here a name in double quotes is missing.' });
    expect(':');
    const given = take();
    const value = textOf(given);
    if (value !== undefined) entries.push({ line: name.line, key, value });
    else
      mistakes.push({
        line: name.line,
        problem: `The value of ${JSON.stringify(key)} is no text in double quotes.`,
      });
    if ('{[]},:'.includes(given.text)) throw new Stop();
  };
  try {
    expect('{');
    let one = take();
    if (one.text !== '}') readPair(one);
    while (one.text !== '}' && expect(', }').text === ',') {
      one = take();
      readPair(one);
    }
    const more = take();
    if (more !== end) throw new Stop({ line: more.line, problem: 'Something stands after the object.' });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    if (error.mistake) mistakes.push(error.mistake);
  }
  return { entries, mistakes };
}

/** Reading cannot go on. */
class Stop extends Error {
  readonly mistake: Mistake | undefined;
  constructor(mistake?: Mistake) {
    super('stop');
    this.mistake = mistake;
  }
}

function tokensOf(text: string): Token[] {
  let [at, line] = [0, 1];
  return [...text.matchAll(token)].map(({ 0: found, index }) => {
    line += text.slice(at, index).split('\n').length - 1;
    at = index;
    return { line, text: found };
  });
}

function textOf({ text }: Token): string | undefined {
  if (!text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
