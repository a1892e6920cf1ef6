/** How every instance is, as it was last seen. Holds no more than there are instances. */
import pLimit from 'p-limit';
import type { SiteName } from '../grammar.ts';
import type { Instance } from '../release.ts';
import type { InstanceState, Runtime } from '../roles.ts';
import type { Sight } from './health.ts';
import type { Noted } from './noted.ts';

/** How many are looked at side by side. */
const atOnce = 20;

export class Sights {
  readonly #runtime: Runtime;
  readonly #site: SiteName | undefined;
  #instances: readonly Instance[] | undefined;
  #states = new Map<string, InstanceState>();

  /** @param site undefined: those of all sites */
  constructor(runtime: Runtime, site?: SiteName) {
    this.#runtime = runtime;
    this.#site = site;
  }

  /** Those that there are; undefined where nobody could look yet. */
  get instances(): readonly Instance[] | undefined {
    return this.#instances;
  }

  /** Looks at all, or at those that are noted and those that are new. Throws where the runtime cannot be asked. */
  async look({ all, instances: noted }: Pick<Noted, 'all' | 'instances'>): Promise<void> {
    const listed = await this.#runtime.list(this.#site);
    const known = this.#states;
    const wanted = listed.filter(({ id }) => all || noted.has(id) || !known.has(id));
    const fresh = new Map<string, InstanceState>();
    await pLimit(atOnce).map(wanted, async (instance) => {
      const state = await this.#runtime.inspect(instance);
      if (state) fresh.set(instance.id, state);
      else known.delete(instance.id);
    });
    const states = listed.flatMap(({ id }) => {
      const state = fresh.get(id) ?? known.get(id);
      return state ? [[id, state] as const] : [];
    });
    this.#instances = listed;
    this.#states = new Map(states);
  }

  of(instance: string): Sight {
    if (!this.#instances) return undefined;
    return this.#states.get(instance) ?? 'gone';
  }
}
