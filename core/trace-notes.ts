/** What ran in an operation on one site, and how long: noted as it ends. */
import type { LifecycleName, ModifierName, TapCall } from './hooks.ts';

interface Timed {
  /** When it began, in milliseconds after the deploy did. */
  readonly start: number;
  readonly milliseconds: number;
}

/** A step that has ended. */
export interface TracedStep extends Timed {
  readonly kind: 'step';
  readonly step: string;
  readonly result: 'ok' | 'failed';
}

/** The calls of one tap in one step. */
export interface TracedTap extends Timed {
  readonly kind: 'tap';
  readonly hook: LifecycleName | ModifierName;
  readonly plugin: string;
  readonly tap: string;
  /** The step in which it was called; absent between steps. */
  readonly step?: string;
  /** How many calls: a tap on `modifyRoute` has one for each site. `milliseconds` is from the first to the last end. */
  readonly calls: number;
  /** The slowest of them, in milliseconds. */
  readonly slowest: number;
  /** Of the first that was not `ok`, else `ok`. */
  readonly result: TapCall['result'];
  /** Why that one was not `ok`; on record at most 200 characters. */
  readonly problem?: string;
  /** What the slowest call usually takes, in milliseconds; only where it took far longer this time. */
  readonly usual?: number;
}

/** What ran in a deploy, with its time. */
export type TraceSpan = TracedStep | TracedTap;

/** The most that is kept of one deploy: what more plugins do is counted. */
const mostSpans = 200;
const longestName = 80;

export class TraceNotes {
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly #steps: TracedStep[] = [];
  readonly #taps = new Map<string, TracedTap>();
  #running: string | undefined;
  #left = 0;

  constructor(began: number) {
    this.began = began;
  }

  /** A step begins; the result is told when it has ended. */
  step(step: string, began: number): (milliseconds: number, result: TracedStep['result']) => void {
    const outer = this.#running;
    this.#running = step;
    return (milliseconds, result) => {
      this.#running = outer;
      this.#steps.push({ kind: 'step', step, start: began - this.began, milliseconds, result });
    };
  }

  /** A call of a tap has ended. */
  tap(call: TapCall): void {
    const key = JSON.stringify([this.#running, call.hook, call.plugin, call.tap]);
    const known = this.#taps.get(key);
    if (!known && this.#taps.size >= mostSpans) this.#left++;
    else this.#taps.set(key, known ? joined(known, this.#tapped(call)) : this.#tapped(call));
  }

  #tapped({ hook, plugin, tap, began, milliseconds, result, problem }: TapCall): TracedTap {
    return {
      kind: 'tap',
      hook,
      plugin: plugin.slice(0, longestName),
      tap: tap.slice(0, longestName),
      ...(this.#running === undefined ? {} : { step: this.#running }),
      start: began - this.began,
      milliseconds,
      calls: 1,
      slowest: milliseconds,
      result,
      ...(problem === undefined ? {} : { problem }),
    };
  }

  /** In the order in which they began, a step before its taps. */
  spans(): TraceSpan[] {
    return inOrder([...this.#steps, ...this.#taps.values()]);
  }

  /** How many calls of taps are not among the spans. */
  get left(): number {
    return this.#left;
  }
}

export function inOrder(spans: readonly TraceSpan[]): TraceSpan[] {
  return spans.toSorted((a, b) => a.start - b.start || Number(a.kind === 'tap') - Number(b.kind === 'tap'));
}

function joined(before: TracedTap, call: TracedTap): TracedTap {
  const start = Math.min(before.start, call.start);
  const end = Math.max(before.start + before.milliseconds, call.start + call.milliseconds);
  const worst = before.result === 'ok' ? call : before;
  return {
    ...worst,
    start,
    milliseconds: end - start,
    calls: before.calls + 1,
    slowest: Math.max(before.slowest, call.slowest),
  };
}
