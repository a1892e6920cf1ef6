/** Routers of other hosts: nothing is ended to which one of them may still lead requests, or that it still waits for. */
import { liveAgent } from './agent/record.ts';
import type { AgentRecord } from './agent/shapes.ts';
import type { Instance } from './release.ts';
import type { StepContext } from './roles.ts';
import type { World } from './world.ts';

/** How long a router may take to apply routes, in milliseconds; then it is said, and not waited for. */
const patienceMs = 30_000;
const lookAgainMs = 100;

/**
 * Returns when every router that an agent keeps has applied the routes of now, or has had its time; with the revision
 * of these routes.
 */
export async function awaitRouters(world: World, context: StepContext): Promise<number> {
  const revision = await world.state.routesRevision();
  const isBehind = (one: AgentRecord) => one.revision < revision;
  const behind = await awaitOthers(world, isBehind, patienceMs, context.signal);
  if (behind.length > 0) {
    const hosts = behind.map(({ host }) => host).join(', ');
    context.warn(`the router of ${hosts} has not taken the new routes within ${patienceMs / 1000} s`);
  }
  return revision;
}

/** What a router of another host is to let go of. */
export interface Draining {
  /** Routes that lead to none of the instances; a router that never applied them was waited for long enough. */
  readonly revision: number;
  readonly instances: readonly Instance[];
  /** Then requests that are not answered yet are cut. */
  readonly seconds: number;
}

/** Returns when the routers of other hosts have passed on every answer of these instances, or when the time is over. */
export async function awaitDrained(
  world: World,
  { revision, instances, seconds }: Draining,
  signal: AbortSignal,
): Promise<void> {
  const isWaiting = (one: AgentRecord) =>
    one.revision >= revision && instances.some(({ id }) => !one.drained.includes(id));
  await awaitOthers(world, isWaiting, seconds * 1000, signal);
}

/** Waits for what agents of other hosts say; returns those that still do not say so when the time is over. */
async function awaitOthers(
  world: World,
  isWaitedFor: (one: AgentRecord) => boolean,
  milliseconds: number,
  signal: AbortSignal,
): Promise<readonly AgentRecord[]> {
  const { clock } = world;
  const until = clock.now() + milliseconds;
  for (;;) {
    const others = (await liveOthers(world, isWaitedFor)).filter(isWaitedFor);
    if (others.length === 0 || clock.now() >= until) return others;
    await clock.sleep(lookAgainMs, signal);
  }
}

/** This host's own router is in the hands of whoever asks. One whose agent is gone is nobody's to wait for. */
async function liveOthers(
  world: World,
  isWaitedFor: (one: AgentRecord) => boolean,
): Promise<readonly AgentRecord[]> {
  const others = (await world.state.agents()).filter(({ host }) => host !== world.process.host);
  const live = await Promise.all(others.filter(isWaitedFor).map(({ host }) => liveAgent(world, host)));
  return live.filter((one) => one !== undefined);
}
