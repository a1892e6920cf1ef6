/** The role registrar on the role store, whichever plugin provides it. */
import type { Registrar, Service, SiteName, Store } from '../../core/index.ts';
import { catalogPrefix, keyOf, readService, writeService } from './record.ts';

export function createEmbeddedRegistrar(store: () => Store): Registrar {
  return {
    register: (service) => register(store(), service),
    async deregister(id) {
      await store().transact([{ kind: 'delete', key: keyOf(id) }]);
    },
    async list(site) {
      const entries = await store().list(site === undefined ? catalogPrefix : prefixOf(site));
      return entries
        .map((entry) => ({ ...readService(entry), health: 'unknown' as const }))
        .filter((entry) => site === undefined || entry.site === site);
    },
    // Only octohost writes there; what it cannot read of its own stops the list.
    unusable: async () => [],
    watch: (signal) => store().watch(catalogPrefix, signal),
  };
}

/** Ids begin with their site; another site's may begin in the same way. */
function prefixOf(site: SiteName): string {
  return keyOf(`${site}-`);
}

/** Writes only a change, so that nobody who watches is woken for nothing. Of two at once the later one counts. */
async function register(store: Store, service: Service): Promise<void> {
  const key = keyOf(service.id);
  const value = writeService(service);
  // Refused here rather than when somebody reads it.
  readService({ key, value });
  if ((await store.get(key))?.value !== value) await store.transact([{ kind: 'set', key, value }]);
}
