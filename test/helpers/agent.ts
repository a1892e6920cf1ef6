/** Agents on in-memory roles. */
import { eventually } from '../contracts/fixture.ts';
import type { TestEngine } from './world.ts';

export interface Agent {
  /** What it told, a line each: `site: what`. */
  readonly said: string[];
  /** Returns when it has ended. */
  stop(): Promise<void>;
}

export function startAgent(world: TestEngine): Agent {
  const controller = new AbortController();
  const said: string[] = [];
  const ended = world.engine.serve({
    signal: controller.signal,
    tell: ({ site, what }) => void said.push(site ? `${site}: ${what}` : what),
    wait: (line) => void said.push(line),
  });
  return {
    said,
    async stop() {
      controller.abort();
      await ended;
    },
  };
}

/** The routes revision that the agent of the test's host has applied; undefined before it has. */
export async function appliedRevision({ roles }: TestEngine): Promise<number | undefined> {
  const record = await roles.store.get('octohost-state/agents/test');
  return record && (JSON.parse(record.value) as { revision: number }).revision;
}

/** Waits until the agent has looked once and put the routes in force. */
export async function agentAtWork(world: TestEngine): Promise<void> {
  await eventually('the agent to be at work', async () => ((await appliedRevision(world)) ?? 0) > 0);
}
