/** The role publisher in memory. */
import type { Publisher, SiteName } from '../../core/index.ts';
import { type Observed, observe } from './observe.ts';

export type MemoryPublisher = Observed<Publisher> & {
  /** What the registry's tag of each site names, by site. */
  readonly published: ReadonlyMap<SiteName, string>;
};

export function memoryPublisher(registry = 'registry.test'): MemoryPublisher {
  const published = new Map<SiteName, string>();
  const publisher: Publisher = {
    async publish({ site, image }, { signal }) {
      signal.throwIfAborted();
      const reference = `${registry}/${site}@${image.id}`;
      published.set(site, reference);
      return reference;
    },
  };
  return { ...observe(publisher), published };
}
