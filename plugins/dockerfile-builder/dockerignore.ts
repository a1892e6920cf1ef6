/** `.dockerignore`: which paths of the tree go into the build. Pure. */
import { posix } from 'node:path';
import { errors } from './errors.ts';
import { type Fits, glob } from './glob.ts';

/** Whether a path (`/` between folders, no `/` at its end) is sent. */
export type Includes = (path: string) => boolean;

interface Rule {
  readonly fits: Fits;
  /** With `!` before it. */
  readonly sends: boolean;
}

/** What is read of it; each path of the tree is held against all of it. */
const most = { bytes: 64 * 1024, patterns: 1000, patternLength: 512 };

/**
 * The engine applies `.dockerignore` to no tar that it is sent, so this does; the rules are the docker command's: the
 * last pattern that fits decides, and a pattern that fits a folder fits what is in it.
 * @param file its name, for the error
 * @param always paths that are sent whatever the patterns say: the Dockerfile and the file of patterns itself
 * @throws E_DOCKERIGNORE where it is larger than anybody writes by hand
 */
export function includesOf(file: string, text: string, always: readonly string[]): Includes {
  refuseLarge(file, text);
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const rules = lines.flatMap((line, index) => {
    const pattern = patternOf(line);
    if (pattern === undefined) return [];
    refuseLong(file, index + 1, pattern.text);
    return [{ fits: glob(pattern.text), sends: pattern.sends, line: index + 1 }];
  });
  const tooMany = rules[most.patterns];
  if (tooMany)
    throw errors.E_DOCKERIGNORE({
      file,
      line: tooMany.line,
      problem: `it has more than ${most.patterns} patterns`,
    });
  return (path) => always.includes(path) || isSent(rules, Array.from(path));
}

function isSent(rules: readonly Rule[], path: readonly string[]): boolean {
  return rules.findLast(({ fits }) => fits(path))?.sends ?? true;
}

function refuseLarge(file: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > most.bytes)
    throw errors.E_DOCKERIGNORE({ file, problem: `it has ${bytes} bytes; at most ${most.bytes} are read` });
}

function refuseLong(file: string, line: number, pattern: string): void {
  const { patternLength: longest } = most;
  if (pattern.length > longest)
    throw errors.E_DOCKERIGNORE({
      file,
      line,
      problem: `a pattern of ${pattern.length} signs; ${longest} are the most`,
    });
}

/** Undefined for a line that says nothing. */
function patternOf(line: string): { text: string; sends: boolean } | undefined {
  if (line.startsWith('#')) return undefined;
  const text = line.trim();
  const sends = text.startsWith('!');
  const pattern = sends ? text.slice(1).trim() : text;
  if (pattern === '') return undefined;
  const plain = posix
    .normalize(pattern)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/(?=.)/, '');
  return { text: plain, sends };
}
