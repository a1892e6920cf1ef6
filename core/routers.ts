/** Routers of other hosts: nothing is ended to which one of them may still lead requests. */
import { liveAgent } from './agent/record.ts';
import type { AgentRecord } from './agent/shapes.ts';
import type { StepContext } from './roles.ts';
import type { World } from './world.ts';

/** How long a router may take, in milliseconds; then it is said, and not waited for. */
const patienceMs = 30_000;
const lookAgainMs = 100;

/** Returns when every router that an agent keeps has applied the routes of now, or has had its time. */
export async function awaitRouters(world: World, context: StepContext): Promise<void> {
  const { state, clock } = world;
  const revision = await state.routesRevision();
  const until = clock.now() + patienceMs;
  for (;;) {
    const behind = await routersBehind(world, revision);
    if (behind.length === 0) return;
    if (clock.now() >= until) {
      const hosts = behind.map(({ host }) => host).join(', ');
      return context.warn(
        `the router of ${hosts} has not taken the new routes within ${patienceMs / 1000} s`,
      );
    }
    await clock.sleep(lookAgainMs, context.signal);
  }
}

/** This host's own was applied by whoever asks. One whose agent is gone is nobody's to wait for. */
async function routersBehind(world: World, revision: number): Promise<AgentRecord[]> {
  const others = (await world.state.agents()).filter(
    (one) => one.host !== world.process.host && one.revision < revision,
  );
  const live = await Promise.all(others.map(({ host }) => liveAgent(world, host)));
  return live.filter((one) => one !== undefined && one.revision < revision) as AgentRecord[];
}
