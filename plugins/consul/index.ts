/** Settings, state and the catalog in Consul: for an installation that is more than one machine. */
import type { Plugin } from '../../core/index.ts';
import { createAgent } from './calls.ts';
import { consulChecks } from './check.ts';
import { connect } from './connect.ts';
import { keysBelow } from './keys.ts';
import { type ConsulOptions, checkOptions } from './options.ts';
import { createConsulRegistrar } from './registrar.ts';
import { createConsulStore } from './store.ts';

export type { ConsulOptions } from './options.ts';

/** Of what an agent tells of itself. Pure. */
function versionOf(self: { Config?: { Version?: unknown } }): string {
  const version = self.Config?.Version;
  return typeof version === 'string' ? version : 'it does not say';
}

/** Provides the roles store and registrar. Throws E_CONSUL_OPTIONS. */
export function consul(options: ConsulOptions = {}): Plugin {
  const checked = checkOptions(options);
  const patience = {
    requestMs: checked.requestSeconds * 1000,
    patienceMs: checked.patienceSeconds * 1000,
  };
  return {
    name: 'consul',
    setup(api) {
      const { environment } = api.installation;
      const addresses = [...new Set([checked.address, ...checked.agents])];
      const agents = new Map(
        addresses.map((address) => {
          const open = () => connect(address, checked, environment);
          return [address, createAgent(address, open, patience)] as const;
        }),
      );
      const own = agents.get(checked.address) as NonNullable<ReturnType<typeof agents.get>>;
      api.part({
        name: 'Consul',
        version: () =>
          own.ask('tell its version', async (client, call) =>
            versionOf(await client.agent.self(call as object)),
          ),
      });
      for (const check of consulChecks([...agents.values()])) api.check(check);
      const store = createConsulStore(own, keysBelow(checked.prefix));
      api.provide('store', {
        ...store,
        async close() {
          await store.close();
          for (const agent of agents.values()) agent.close();
        },
      });
      api.provide(
        'registrar',
        createConsulRegistrar({ own, named: (address) => agents.get(address) }, () => api.installation.id()),
      );
    },
  };
}
