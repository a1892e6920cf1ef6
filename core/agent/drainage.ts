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
    const fresh = [...instances.values()].filter(({ id }) => !this.#known.has(id));
    if (fresh.length > 0) void this.#drain(fresh);
  }

  /** Together: they are of one change of routes, and whoever ends them waits for all. */
  async #drain(instances: readonly Instance[]): Promise<void> {
    for (const { id } of instances) this.#known.set(id, false);
    const areDrained = await drain(this.#world, instances, this.#signal).then(
      () => !this.#signal.aborted,
      () => false,
    );
    for (const { id } of instances) {
      if (!this.#known.has(id)) continue;
      // What could not be found out is tried again at the next look.
      if (areDrained) this.#known.set(id, true);
      else this.#known.delete(id);
    }
    if (areDrained) this.#changed();
  }
}
