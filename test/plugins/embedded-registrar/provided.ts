import type { PluginApi, Registrar, Store } from '../../../core/index.ts';
import { embeddedRegistrar } from '../../../plugins/embedded-registrar/index.ts';

/** The registrar that the plugin provides on a store. */
export function registrarOn(store: Store): Registrar {
  let provided: Registrar | undefined;
  const api = {
    provide(role: string, provider: Registrar) {
      if (role === 'registrar') provided = provider;
    },
    role: () => store,
  };
  embeddedRegistrar().setup(api as unknown as PluginApi);
  if (!provided) throw new Error('embeddedRegistrar provides no registrar.');
  return provided;
}
