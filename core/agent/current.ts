/** The current releases, each read once: a release never changes. Holds no more than there are sites. */
import type { SiteName } from '../grammar.ts';
import type { Pointer } from '../records.ts';
import type { Release } from '../release.ts';
import type { State } from '../state.ts';

export class CurrentReleases {
  readonly #state: State;
  #known = new Map<SiteName, Release>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Reads what is not known yet, and forgets the sites that have no pointer. */
  async read(pointers: readonly Pointer[]): Promise<void> {
    const found = await Promise.all(
      pointers.map(async ({ site, release: number }) => {
        const known = this.#known.get(site);
        const release = known?.number === number ? known : await this.#state.release(site, number);
        return release ? [[site, release] as const] : [];
      }),
    );
    this.#known = new Map(found.flat());
  }

  /** As it was last read; undefined for a site that has none, or whose record is gone. */
  of(site: SiteName): Release | undefined {
    return this.#known.get(site);
  }
}
