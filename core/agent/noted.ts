/** Gathers what has been heard until somebody looks: however much it is, it is one look. */
import type { Clock } from '../world.ts';

/** What is to be looked at. */
export interface Noted {
  /** Everything there is. */
  readonly all: boolean;
  /** Ids of instances. */
  readonly instances: ReadonlySet<string>;
}

/** What comes in one go is taken in one go: fifty containers that end together end within this time of each other. */
const settleMs = 40;

export class Notes {
  #all = false;
  #any = false;
  #instances = new Set<string>();
  #wake = () => {};

  /** Something changed that is read anew at each look. @param instance its id, where it was one */
  note(instance?: string): void {
    this.#any = true;
    if (instance !== undefined) this.#instances.add(instance);
    this.#wake();
  }

  noteAll(): void {
    this.#all = true;
    this.note();
  }

  /** Waits until something is noted, and then a moment for more. Rejects when the signal aborts. */
  async next(clock: Clock, signal: AbortSignal): Promise<Noted> {
    while (!this.#any) {
      signal.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const end = () => resolve();
      signal.addEventListener('abort', end, { once: true });
      await promise;
      signal.removeEventListener('abort', end);
    }
    await clock.sleep(settleMs, signal);
    const noted = { all: this.#all, instances: this.#instances };
    this.#any = false;
    this.#all = false;
    this.#instances = new Set();
    return noted;
  }
}
