/** The role registrar in memory. */
import type { CatalogEntry, Registrar, Service, Unusable } from '../../core/index.ts';
import { createChanges } from './changes.ts';
import { type Observed, observe } from './observe.ts';

export type MemoryRegistrar = Observed<Registrar> & {
  /** What an agent that checks services would find out. */
  setHealth(id: string, health: CatalogEntry['health']): void;
  /** Somebody else registers a service under the name of a site. */
  registerForeign(site: string, service: Unusable): void;
};

export function memoryRegistrar(): MemoryRegistrar {
  const catalog = new Map<string, CatalogEntry>();
  const foreign: (Unusable & { site: string })[] = [];
  const changes = createChanges();
  const put = (entry: CatalogEntry) => {
    catalog.set(entry.id, Object.freeze(entry));
    changes.announce(entry.id);
  };
  const registrar: Registrar = {
    async register(service) {
      const { health = 'unknown', ...known } = catalog.get(service.id) ?? {};
      if (!isSame(known, service)) put({ ...service, health });
    },
    async deregister(id) {
      if (catalog.delete(id)) changes.announce(id);
    },
    async list(site) {
      const entries = [...catalog.values()].filter((entry) => site === undefined || entry.site === site);
      return entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
    unusable: async (site) =>
      foreign.filter((one) => one.site === site).map(({ name, problem }) => ({ name, problem })),
    watch: (signal) => changes.watch(() => true, signal),
  };
  return {
    ...observe(registrar, ['watch']),
    setHealth(id, health) {
      const entry = catalog.get(id);
      if (!entry) throw new Error(`There is no service ${id} in the catalog.`);
      put({ ...entry, health });
    },
    registerForeign: (site, service) => void foreign.push({ ...service, site }),
  };
}

function isSame(known: object, service: Service): boolean {
  return canonical(known) === canonical(service);
}

function canonical(value: object): string {
  return JSON.stringify(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
