/** What `octo doctor` looks at of Consul. */
import type { CheckFinding, PluginCheck } from '../../core/index.ts';
import type { Agent } from './calls.ts';
import { assertCatalogReadable } from './catalog.ts';

/** @param agents the agent of this host first, then the others that services are registered at */
export function consulChecks(agents: readonly Agent[]): PluginCheck[] {
  const [own] = agents;
  return [
    ...(own ? [leaderCheck(own)] : []),
    {
      name: 'agents',
      summary: 'Every agent that services are registered at answers.',
      why: 'Services of an agent that does not answer can be neither registered nor taken away.',
      run: () => answering(agents),
    },
  ];
}

function leaderCheck(own: Agent): PluginCheck {
  return {
    name: 'leader',
    summary: 'Consul has a leader, and the token may read the catalog.',
    why: 'Nothing can be written without a leader; a catalog that may not be read looks empty.',
    async run() {
      const leader = await own.ask('name its leader', async (client, call) =>
        client.status.leader(call as object),
      );
      const finding = judgeLeader(own.address, leader);
      if (finding.state === 'ok') await assertCatalogReadable(own);
      return finding;
    },
  };
}

/** @param leader `10.0.0.1:8300`, or an empty text. Pure. */
export function judgeLeader(address: string, leader: unknown): CheckFinding {
  if (typeof leader === 'string' && leader !== '')
    return { state: 'ok', message: `Consul at ${address} has the leader ${leader}.` };
  return {
    state: 'failed',
    message: `Consul at ${address} has no leader.`,
    hint: 'See which servers are there: consul operator raft list-peers',
  };
}

async function answering(agents: readonly Agent[]): Promise<CheckFinding> {
  // What a token may see of it is enough: it has answered.
  for (const agent of agents)
    await agent.ask('list its services', async (client, call) => client.agent.service.list(call as object));
  return { state: 'ok', message: `${agents.map(({ address }) => address).join(', ')} answer.` };
}
