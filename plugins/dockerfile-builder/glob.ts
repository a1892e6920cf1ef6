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

/** Whether a path, given sign by sign, or a folder that it lies in, fits. */
export type Fits = (path: readonly string[]) => boolean;

export function glob(pattern: string): Fits {
  const steps = stepsOf(Array.from(pattern));
  const end = steps.length;
  const [one, other] = [placesOf(steps), placesOf(steps)];
  return (path) => {
    let [now, next] = [one, other];
    now.clear();
    now.add(0);
    for (const sign of path) {
      if (sign === '/' && now.has(end)) return true;
      next.clear();
      for (let index = 0; index < now.count; index++) advance(next, steps, now.list[index] as number, sign);
      [now, next] = [next, now];
      if (now.count === 0) return false;
    }
    return now.has(end);
  };
}

/** Adds the places in the pattern after one more sign of the path. */
function advance(places: Places, steps: readonly Step[], place: number, sign: string): void {
  const step = steps[place];
  if (step === undefined || step.kind === 'folders') return;
  if (step.kind === 'inside') {
    places.add(place);
    if (sign === '/') places.add(place + 1);
  } else if (step.takes(sign)) places.add(step.kind === 'many' ? place : place + 1);
}

/** The places in a pattern that a path has reached, each once; made once for all paths, of which there are many. */
interface Places {
  count: number;
  readonly list: Int32Array;
  clear(): void;
  has(place: number): boolean;
  /** With all that are reached from it without a sign. */
  add(place: number): void;
}

function placesOf(steps: readonly Step[]): Places {
  const marks = new Uint8Array(steps.length + 1);
  const list = new Int32Array(steps.length + 1);
  return {
    count: 0,
    list,
    clear() {
      for (let index = 0; index < this.count; index++) marks[list[index] as number] = 0;
      this.count = 0;
    },
    has: (place) => marks[place] === 1,
    add(place) {
      if (marks[place] === 1) return;
      marks[place] = 1;
      list[this.count++] = place;
      const kind = steps[place]?.kind;
      if (kind === 'many' || kind === 'folders') this.add(place + 1);
      if (kind === 'folders') this.add(place + 2);
    },
  };
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
