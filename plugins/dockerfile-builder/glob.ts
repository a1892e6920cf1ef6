/**
 * Patterns of `.dockerignore`, as the docker command reads them: `*`, `?`, `[a-z]`, `**`, `\` before a sign that is meant
 * itself. A repository writes them and this process reads them, so they are no regular expressions, with which a line can
 * keep a machine busy for ever: the time goes by the length of the pattern times that of the path. Pure.
 */

type Step =
  | { readonly kind: 'sign'; readonly takes: (sign: string) => boolean }
  /** Any number of signs that `takes`, none included. */
  | { readonly kind: 'many'; readonly takes: (sign: string) => boolean }
  /** Folders, or none: `inside` follows. */
  | { readonly kind: 'folders' }
  | { readonly kind: 'inside' };

/** No path that a file can have is longer. */
const longest = 4096;

/** Whether a path, or a folder that it lies in, fits. */
export type Fits = (path: string) => boolean;

export function glob(pattern: string): Fits {
  if (pattern.length > longest) return () => false;
  const steps = stepsOf(Array.from(pattern));
  return (path) => {
    let places = reach(steps, [0]);
    for (const sign of path) {
      if (sign === '/' && places.includes(steps.length)) return true;
      places = reach(
        steps,
        places.flatMap((place) => after(steps[place], place, sign)),
      );
      if (places.length === 0) return false;
    }
    return places.includes(steps.length);
  };
}

/** The places in the pattern after one more sign of the path. */
function after(step: Step | undefined, place: number, sign: string): number[] {
  if (step?.kind === 'sign') return step.takes(sign) ? [place + 1] : [];
  if (step?.kind === 'many') return step.takes(sign) ? [place] : [];
  if (step?.kind === 'inside') return sign === '/' ? [place, place + 1] : [place];
  return [];
}

/** With all places that are reached without a sign, each once. */
function reach(steps: readonly Step[], from: readonly number[]): number[] {
  const found = new Set(from);
  for (const place of found) {
    const kind = steps[place]?.kind;
    if (kind === 'many' || kind === 'folders') found.add(place + 1);
    if (kind === 'folders') found.add(place + 2);
  }
  return [...found];
}

const any = () => true;
const inName = (sign: string) => sign !== '/';
const only = (wanted: string) => (sign: string) => sign === wanted;

/** One sign of a pattern; what stands behind a `\\` is meant itself. */
interface Sign {
  readonly sign: string;
  readonly isPlain: boolean;
}

interface Part {
  readonly steps: readonly Step[];
  /** How many signs of the pattern it is made of. */
  readonly length: number;
}

function stepsOf(pattern: readonly string[]): Step[] {
  const signs = signsOf(pattern);
  const lastEnd = signs.findLastIndex((one) => means(one, ']'));
  const steps: Step[] = [];
  for (let at = 0; at < signs.length; ) {
    const part = (at < lastEnd ? listAt(signs, at) : undefined) ?? partAt(signs, at);
    steps.push(...part.steps);
    at += part.length;
  }
  return steps;
}

function signsOf(pattern: readonly string[]): Sign[] {
  const signs: Sign[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const isPlain = pattern[at] === '\\' && at + 1 < pattern.length;
    if (isPlain) at++;
    signs.push({ sign: pattern[at] as string, isPlain });
  }
  return signs;
}

function means(one: Sign | undefined, sign: string): boolean {
  return one?.sign === sign && !one.isPlain;
}

function partAt(signs: readonly Sign[], at: number): Part {
  const one = signs[at] as Sign;
  if (means(one, '*') && means(signs[at + 1], '*')) {
    const length = means(signs[at + 2], '/') ? 3 : 2;
    const isLast = at + length >= signs.length;
    return {
      steps: isLast ? [{ kind: 'many', takes: any }] : [{ kind: 'folders' }, { kind: 'inside' }],
      length,
    };
  }
  if (means(one, '*')) return { steps: [{ kind: 'many', takes: inName }], length: 1 };
  return { steps: [{ kind: 'sign', takes: means(one, '?') ? inName : only(one.sign) }], length: 1 };
}

/** `[a-z]`, `[^a-z]`; undefined where none begins, or it has no end. */
function listAt(signs: readonly Sign[], start: number): Part | undefined {
  if (!means(signs[start], '[')) return undefined;
  const isOther = means(signs[start + 1], '^');
  const first = start + (isOther ? 2 : 1);
  // A bracket that comes first is one of the signs.
  const end = signs.findIndex((one, at) => at > first && means(one, ']'));
  if (end === -1) return undefined;
  const ranges = rangesOf(signs.slice(first, end));
  const isListed = (sign: string) => ranges.some(([from, to]) => sign >= from && sign <= to);
  const takes = (sign: string) => sign !== '/' && isListed(sign) !== isOther;
  return { steps: [{ kind: 'sign', takes }], length: end + 1 - start };
}

function rangesOf(signs: readonly Sign[]): [from: string, to: string][] {
  const ranges: [string, string][] = [];
  for (let at = 0; at < signs.length; ) {
    const [from, dash, to] = signs.slice(at, at + 3) as [Sign, Sign?, Sign?];
    const isRange = means(dash, '-') && to !== undefined;
    ranges.push([from.sign, isRange ? to.sign : from.sign]);
    at += isRange ? 3 : 1;
  }
  return ranges;
}
