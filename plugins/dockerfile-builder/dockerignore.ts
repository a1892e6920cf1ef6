/** `.dockerignore`: which paths of the tree go into the build. Pure. */
import { posix } from 'node:path';
import { type Fits, glob } from './glob.ts';

/** Whether a path (`/` between folders, no `/` at its end) is sent. */
export type Includes = (path: string) => boolean;

interface Rule {
  readonly fits: Fits;
  /** With `!` before it. */
  readonly sends: boolean;
}

/**
 * The engine applies `.dockerignore` to no tar that it is sent, so this does; the rules are the docker command's: the
 * last pattern that fits decides, and a pattern that fits a folder fits what is in it.
 * @param always paths that are sent whatever the patterns say: the Dockerfile and the file of patterns itself
 */
export function includesOf(patterns: string, always: readonly string[]): Includes {
  const rules = patterns
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap(ruleOf);
  return (path) => always.includes(path) || (rules.findLast(({ fits }) => fits(path))?.sends ?? true);
}

function ruleOf(line: string): Rule[] {
  if (line.startsWith('#')) return [];
  const text = line.trim();
  const sends = text.startsWith('!');
  const pattern = sends ? text.slice(1).trim() : text;
  if (pattern === '') return [];
  const plain = posix
    .normalize(pattern)
    .replace(/(?<=.)\/$/, '')
    .replace(/^\/(?=.)/, '');
  return [{ fits: glob(plain), sends }];
}
