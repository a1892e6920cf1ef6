/** Reads the catalog of Consul, and asks one agent to change it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceDefinition } from '../../core/index.ts';
import type { Agent } from './calls.ts';
import { errors } from './errors.ts';
import type { CatalogItem } from './service-entry.ts';

const lookAgainMs = 20;
/** Registering is an agent's matter first: it tells the catalog a moment later. */
const settleMs = 10_000;

interface NodeServices {
  readonly Services: Readonly<Record<string, CatalogItem['Service']>>;
}

/** Of one service by name, whoever registered them. */
export async function readNamed(agent: Agent, name: string): Promise<CatalogItem[]> {
  const wanted = { service: name, consistent: true };
  return agent.ask('read the catalog', async (consul, options) => {
    const items: unknown = await consul.health.service({ ...wanted, ...options } as { service: string });
    return items as CatalogItem[];
  });
}

/** Of an installation, of all sites: each node is asked once for its services, and once for their checks. */
export async function readInstallation(agent: Agent, installation: string): Promise<CatalogItem[]> {
  const nodes = await agent.ask('read the catalog', async (consul, options) => {
    const answer: unknown = await consul.catalog.node.list({ consistent: true, ...options } as object);
    return answer as { Node: string }[];
  });
  const each = await Promise.all(nodes.map(({ Node }) => readNode(agent, Node, installation)));
  return each.flat();
}

async function readNode(agent: Agent, node: string, installation: string): Promise<CatalogItem[]> {
  const filter = `Meta["octohost-installation"] == "${installation}"`;
  const services = await agent.ask('read the catalog', async (consul, options) => {
    const wanted = { node, consistent: true, filter, ...options };
    // Null for a node that has gone in the meantime.
    const answer = (await consul.catalog.node.services(wanted as never)) as unknown as NodeServices | null;
    return Object.values(answer?.Services ?? {});
  });
  if (services.length === 0) return [];
  const checks = await agent.ask('read the catalog', async (consul, options) => {
    const answer: unknown = await consul.health.node({ node, consistent: true, ...options } as never);
    return answer as CatalogItem['Checks'];
  });
  return services.map((service) => ({
    Service: service,
    Checks: checks.filter(({ ServiceID }) => ServiceID === '' || ServiceID === service.ID),
  }));
}

/**
 * Where a token may not read services or nodes, answers are empty and say nothing. Every Consul has the service consul:
 * where that is not seen, nothing else can be believed.
 * @throws E_CONSUL_REFUSED
 */
export async function assertCatalogReadable(agent: Agent): Promise<void> {
  if ((await readNamed(agent, 'consul')).length > 0) return;
  const problem = 'it shows no service at all, not even its own';
  throw errors.E_CONSUL_REFUSED({ address: agent.address, what: 'show the catalog', problem });
}

export async function registerAt(agent: Agent, definition: ServiceDefinition): Promise<void> {
  await agent.ask('register a service', (consul, options) =>
    consul.agent.service.register({ ...definition, ...options } as never),
  );
}

/** One that the agent does not have is done. */
export async function deregisterAt(agent: Agent, id: string): Promise<void> {
  await agent.ask('deregister a service', async (consul, options) => {
    const known = (await consul.agent.service.list(options as object)) as Record<string, unknown>;
    if (id in known) await consul.agent.service.deregister({ id, ...options } as { id: string });
  });
}

/** Waits until the catalog is as an agent was told. @throws E_CONSUL_UNAVAILABLE */
export async function settled(
  agent: Agent,
  name: string,
  isSo: (items: readonly CatalogItem[]) => boolean,
): Promise<void> {
  const until = Date.now() + settleMs;
  while (!isSo(await readNamed(agent, name))) {
    if (Date.now() > until)
      throw errors.E_CONSUL_UNAVAILABLE({
        address: agent.address,
        what: 'show in its catalog what the agent was told',
        problem: `not within ${settleMs / 1000} s`,
      });
    await sleep(lookAgainMs);
  }
}
