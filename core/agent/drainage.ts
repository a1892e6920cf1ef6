/** Instances that retire: when this host's router has nothing more to do with one, whoever ends it may. */
import type { Retiring } from '../records.ts';
import type { Instance } from '../release.ts';
import { drain } from '../retire.ts';
import type { World } from '../world.ts';

export class Drainage {
  readonly #world: World;
  readonly #signal: AbortSignal;
  readonly #changed: () => void;
  /** By id of the instance: whether it is drained. */
  readonly #known = new Map<string, boolean>();

  /** @param changed told when another one is drained */
  constructor(world: World, signal: AbortSignal, changed: () => void) {
    this.#world = world;
    this.#signal = signal;
    this.#changed = changed;
  }

  /** Of those that were told of last, sorted. */
  get drained(): readonly string[] {
    return [...this.#known].flatMap(([id, isDrained]) => (isDrained ? [id] : [])).toSorted();
  }

  /** What retires now; to be told when the routes in force lead to none of them. */
  watch(retirings: readonly Retiring[]): void {
    const instances = new Map(
      retirings.flatMap((one) => one.instances.map((instance) => [instance.id, instance] as const)),
    );
    for (const id of this.#known.keys()) if (!instances.has(id)) this.#known.delete(id);
    for (const [id, instance] of instances) {
      if (this.#known.has(id)) continue;
      this.#known.set(id, false);
      void this.#drain(instance);
    }
  }

  async #drain(instance: Instance): Promise<void> {
    const isDrained = await drain(this.#world, [instance], this.#signal).then(
      () => !this.#signal.aborted,
      () => false,
    );
    if (!this.#known.has(instance.id)) return;
    // What could not be found out is tried again at the next look.
    if (!isDrained) return void this.#known.delete(instance.id);
    this.#known.set(instance.id, true);
    this.#changed();
  }
}
