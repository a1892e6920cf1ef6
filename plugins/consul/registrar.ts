/** The role registrar in the catalog of Consul. */
import type { CatalogEntry, Registrar, Service, SiteName, Unusable } from '../../core/index.ts';
import type { Agent, BlockingRequest } from './calls.ts';
import {
  assertCatalogReadable,
  deregisterAt,
  readInstallation,
  readNamed,
  registerAt,
  settled,
} from './catalog.ts';
import { errors } from './errors.ts';
import {
  agentOf,
  type CatalogItem,
  definitionOf,
  isDefinition,
  isOurs,
  readService,
} from './service-entry.ts';
import { watchChanges } from './watch.ts';

export interface Agents {
  /** New services are registered there, and the catalog is read there. */
  readonly own: Agent;
  /** Undefined for one that the options do not name: the token is for nobody else. */
  named(address: string): Agent | undefined;
}

export function createConsulRegistrar(agents: Agents, installation: () => Promise<string>): Registrar {
  const { own } = agents;
  const all = async () => {
    const id = await installation();
    const items = (await readInstallation(own, id)).filter((item) => isOurs(item, id));
    // Asked only where nothing was seen: what is seen may be read.
    if (items.length === 0) await assertCatalogReadable(own);
    return items;
  };
  const ofSite = async (site: SiteName) => {
    const id = await installation();
    const items = (await readNamed(own, site)).filter((item) => isOurs(item, id));
    if (items.length === 0) await assertCatalogReadable(own);
    return items;
  };
  return {
    register: async (service) => register(agents, service, await installation()),
    async deregister(id) {
      for (const item of (await all()).filter(({ Service }) => Service.ID === id))
        await deregister(agents, item);
    },
    async list(site) {
      const items = site === undefined ? await all() : await ofSite(site);
      return usable(items).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    },
    async unusable(site) {
      const id = await installation();
      const items = site === undefined ? await readInstallation(own, id) : await readNamed(own, site);
      return items.flatMap((item) => problemOf(item, id));
    },
    watch: (signal) =>
      watchChanges(own, { look: async () => JSON.stringify(usable(await all())), changes }, signal),
  };
}

/** One that cannot be read must not hide the others. */
function usable(items: readonly CatalogItem[]): CatalogEntry[] {
  return items.map(readService).flatMap((read) => ('entry' in read ? [read.entry] : []));
}

function problemOf(item: CatalogItem, installation: string): Unusable[] {
  const { ID: name, Address, Port } = item.Service;
  if (!isOurs(item, installation))
    return [
      { name, problem: `at ${Address}:${Port} was not registered by this octohost, and is not routed` },
    ];
  const read = readService(item);
  return 'problem' in read ? [{ name, problem: `has our mark and cannot be read: ${read.problem}` }] : [];
}

const changes: readonly BlockingRequest[] = [
  (consul, options) => consul.catalog.service.list({ ...options } as object),
  (consul, options) => consul.health.state({ state: 'any', ...options } as { state: 'any' }),
];

/** At the agent that has it already, else at our own. Somebody else's of that id is left as it is. */
async function register(agents: Agents, service: Service, installation: string): Promise<void> {
  const same = (await readNamed(agents.own, service.site)).filter(({ Service }) => Service.ID === service.id);
  if (same.some((item) => !isOurs(item, installation))) throw errors.E_CONSUL_FOREIGN({ id: service.id });
  const [known] = same;
  const agent = known ? agentFor(agents, known) : agents.own;
  const definition = definitionOf(service, installation, agent.address);
  if (known && isDefinition(known, definition)) return;
  await registerAt(agent, definition);
  await settled(agents.own, service.site, (items) => items.some((item) => isDefinition(item, definition)));
}

async function deregister(agents: Agents, item: CatalogItem): Promise<void> {
  const { ID, Service: name } = item.Service;
  await deregisterAt(agentFor(agents, item), ID);
  await settled(agents.own, name, (items) => !items.some(({ Service }) => Service.ID === ID));
}

/** @throws E_CONSUL_AGENT */
function agentFor(agents: Agents, item: CatalogItem): Agent {
  const address = agentOf(item) ?? agents.own.address;
  const agent = agents.named(address);
  if (!agent) throw errors.E_CONSUL_AGENT({ id: item.Service.ID, agent: address });
  return agent;
}
