/**
 * Faults at named points, inside of an octo process. A test arms one in a file; the first process of that program that
 * comes to the point takes it. Everything that is passed is noted, so that one clean deploy tells all its points.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens at a point: the process is killed, or an error is thrown; the call is made first, or is not. */
export const modes = ['kill before', 'kill after', 'throw before', 'throw after'] as const;
export type Mode = (typeof modes)[number];

/** A point of one program: `store.transact pointer`, `router.apply 2` for the second. */
export interface Point {
  /** The first word after `octo`: `door:serve`, `retire:finish`. */
  readonly program: string;
  readonly name: string;
}

/** `hold`: the process waits there until it is released. */
export interface Fault extends Point {
  readonly mode: Mode | 'hold';
}

/** A point as it was passed; times are milliseconds since 1970. */
export interface Passage extends Point {
  readonly pid: number;
  readonly began: number;
  /** Absent where the process was killed in it, or still is there. */
  readonly ended?: number;
  /** What happens there happens in this process of another program. */
  readonly child?: number;
  /** True where only a kill makes sense: what it does cannot fail, or its failure is told nowhere. */
  readonly killOnly?: boolean;
}

/** The files by which a test and the octo processes of an instance speak. Pure. */
export function faultFiles(dir: string) {
  return {
    armed: join(dir, 'fault-armed.json'),
    fired: join(dir, 'fault-fired.json'),
    released: join(dir, 'fault-released'),
    passages: join(dir, 'fault-passages.jsonl'),
  } as const;
}

export const now = (): number => performance.timeOrigin + performance.now();

/** One process's own. */
export class Faults {
  readonly #files;
  readonly #program = process.argv[2] ?? '';
  readonly #counts = new Map<string, number>();
  readonly #inside = new AsyncLocalStorage<true>();

  /** @param dir where the test looks */
  constructor(dir: string) {
    this.#files = faultFiles(dir);
  }

  /** Does the work as a point of this name. A role that calls another one is one point. */
  async around<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#inside.getStore()) return work();
    const point = this.begin(name);
    if (point.mode === 'hold') await this.#hold();
    if (point.mode === 'throw before') {
      point.end();
      throw lost(name);
    }
    const result = await this.#inside.run(true, work).finally(point.end);
    if (point.mode === 'throw after') throw lost(name);
    return result;
  }

  /**
   * The same for what is done with Node's own means: within the call of a role it is a moment of its own, at which the
   * process can be killed; an error of it is one of the call.
   */
  async change<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    if (!this.#inside.getStore()) return this.around(name, work);
    const point = this.begin(name, { killOnly: true });
    return work().finally(() => point.end());
  }

  /** For what is no promise. Where the process is to be killed, this or `end` does not return. */
  begin(called: string, more: Pick<Passage, 'killOnly'> = {}): Begun {
    const count = (this.#counts.get(called) ?? 0) + 1;
    this.#counts.set(called, count);
    const point: Point = { program: this.#program, name: count === 1 ? called : `${called} ${count}` };
    const began = now();
    const note = (facts: Partial<Passage>) =>
      this.#note({ ...point, ...more, pid: process.pid, began, ...facts });
    const mode = this.#take(point);
    note({});
    if (mode === 'kill before') die();
    let ended = false;
    return {
      mode,
      end: (child) => {
        if (ended) return;
        ended = true;
        note({ ended: now(), ...(child === undefined ? {} : { child }) });
        if (mode === 'kill after') die();
      },
    };
  }

  #note(passage: Passage): void {
    appendFileSync(this.#files.passages, `${JSON.stringify(passage)}\n`);
  }

  /** Of several processes one gets it. */
  #take({ program, name }: Point): Fault['mode'] | undefined {
    if (!existsSync(this.#files.armed)) return undefined;
    const fault = JSON.parse(readFileSync(this.#files.armed, 'utf8')) as Fault;
    if (fault.program !== program || fault.name !== name) return undefined;
    renameSync(this.#files.armed, this.#files.fired);
    return fault.mode;
  }

  async #hold(): Promise<void> {
    while (!existsSync(this.#files.released)) await sleep(10);
  }
}

export interface Begun {
  readonly mode: Fault['mode'] | undefined;
  /** @param child the process in which it happened, where that is another one */
  end(child?: number): void;
}

export function lost(name: string): Error {
  return new Error(`${name} failed because a test wants it to`);
}

const kill = process.kill.bind(process);

/** Nothing more of this process happens. */
function die(): never {
  kill(process.pid, 'SIGKILL');
  for (;;);
}

/** The file is whole as soon as it is there. */
export function arm(dir: string, fault: Fault): void {
  const { armed } = faultFiles(dir);
  writeFileSync(`${armed}.next`, JSON.stringify(fault));
  renameSync(`${armed}.next`, armed);
}
