/** The role publisher in memory. */
import { OctohostError, type Publisher, type SiteName } from '../../core/index.ts';
import { type Observed, observe } from './observe.ts';

export type MemoryPublisher = Observed<Publisher> & {
  /** What the registry's moving tag of each site names, by site. */
  readonly published: ReadonlyMap<SiteName, string>;
  /** What was pulled, by digest. */
  readonly pulled: ReadonlySet<string>;
};

export function memoryPublisher(registry = 'registry.test'): MemoryPublisher {
  const published = new Map<SiteName, string>();
  /** References by digest, by what else they are called. */
  const tags = new Map<string, string>();
  const pulled = new Set<string>();
  const publisher: Publisher = {
    async publish({ site, number, image }, { signal }) {
      signal.throwIfAborted();
      const reference = `${registry}/${site}@${image.id}`;
      published.set(site, reference);
      for (const name of [`:${number}`, ':latest', `@${image.id}`])
        tags.set(`${registry}/${site}${name}`, reference);
      return reference;
    },
    async pull(site, wanted = 'latest', { signal }) {
      signal.throwIfAborted();
      const repository = `${registry}/${site}`;
      const short = `${repository}${wanted.includes(':') ? '@' : ':'}${wanted}`;
      const reference = tags.get(
        wanted.startsWith(`${repository}:`) || wanted.startsWith(`${repository}@`) ? wanted : short,
      );
      if (!reference) throw missing(wanted);
      pulled.add(reference);
      return reference;
    },
  };
  return { ...observe(publisher), published, pulled };
}

function missing(wanted: string): OctohostError {
  return new OctohostError('E_MEMORY_PULL', {
    message: `The registry has no ${wanted} of this site.`,
    hint: 'Publish it first.',
  });
}
