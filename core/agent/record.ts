/** What is known of agents from the store, to whoever asks. */

import { keys } from '../keys.ts';
import { holderOf } from '../lease.ts';
import type { World } from '../world.ts';
import type { AgentEvent, AgentRecord, LeftOut } from './shapes.ts';

/** The name of the lease that the agent of a host holds while it lives. */
export function agentLease(host: string): string {
  return `agent/${host}`;
}

/** What the agent of a host knows, as long as it lives: what one knew that is gone may be long over. */
export async function liveAgent(world: World, host = world.process.host): Promise<AgentRecord | undefined> {
  const record = await world.state.agent(host);
  return record && (await holderOf(world, agentLease(host))) ? record : undefined;
}

/** The agent of this host. */
export interface AgentStatus {
  readonly host: string;
  readonly alive: boolean;
  /** Of the one that lives. */
  readonly pid?: number;
  /** ISO 8601; since when it lives. */
  readonly since?: string;
  /** What it keeps out of the routes. */
  readonly out: readonly LeftOut[];
  /** What it last saw or did. */
  readonly last?: AgentEvent;
}

/** Undefined where this host never had an agent. */
export async function agentStatus(world: World): Promise<AgentStatus | undefined> {
  const { host } = world.process;
  const [holder, record, events] = await Promise.all([
    holderOf(world, agentLease(host)),
    world.state.agent(host),
    world.state.agentEvents(host),
  ]);
  if (!holder && !record) return undefined;
  const last = events.at(-1);
  return {
    host,
    alive: holder !== undefined,
    ...(holder ? { pid: holder.pid, since: holder.since } : {}),
    out: holder ? (record?.out ?? []) : [],
    ...(last ? { last } : {}),
  };
}

/** What the agent of this host saw and did, oldest first; with `follow` on and on, until the signal aborts. */
export async function* agentEvents(
  { state, process }: World,
  { follow, count }: { readonly follow: boolean; readonly count: number },
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const changes = follow ? state.store.watch(keys.agentEvents(process.host), signal) : nothing();
  const before = await state.agentEvents(process.host);
  yield* before.slice(Math.max(0, before.length - count));
  let seen = before.at(-1)?.number ?? 0;
  for await (const _ of changes) {
    const events = await state.agentEvents(process.host);
    yield* events.filter(({ number }) => number > seen);
    seen = events.at(-1)?.number ?? seen;
  }
}

async function* nothing(): AsyncGenerator<void> {}
