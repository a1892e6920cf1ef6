/**
 * The agent: between deploys it makes the world heal. Everything works without it.
 *
 *   hear (runtime, catalog, store) and let time pass → note → look once → judge → leave out → apply → converge what is sick
 *
 * It keeps nothing that the next one could not find out: it may be killed at any time. One of a host works; others wait.
 */
import { messageOf } from '../errors.ts';
import { describeHolder, type Lease, withLease } from '../lease.ts';
import type { LeaseHolder } from '../records.ts';
import type { World } from '../world.ts';
import { pauseAfter } from './backoff.ts';
import { Journal } from './journal.ts';
import { agentLease } from './record.ts';
import { runSession } from './session.ts';
import type { AgentEvent } from './shapes.ts';

/** What an agent is given that keeps a host as it should be. */
export interface ServeOptions {
  /** When to end. */
  readonly signal: AbortSignal;
  /** Told what the agent sees and does, as it comes. */
  readonly tell: (event: AgentEvent) => void;
  /** Told what it waits for, for people. */
  readonly wait: (line: string) => void;
}

/** Returns when the signal has aborted. Whatever goes wrong before is tried again. */
export async function serve(world: World, options: ServeOptions): Promise<void> {
  const { signal, wait } = options;
  for (let tries = 0; !signal.aborted; ) {
    try {
      await withLease(world, requestOf(world, options), (lease) => work(world, lease, options));
      tries = 0;
    } catch (error) {
      if (signal.aborted) return;
      tries++;
      const pauseMs = pauseAfter(tries, 'look');
      wait(`${messageOf(error)} Next try in ${pauseMs / 1000} s.`);
      await world.clock.sleep(pauseMs, signal).catch(() => {});
    }
  }
}

function requestOf({ process: { host } }: World, { signal, wait }: ServeOptions) {
  return {
    names: [agentLease(host)],
    what: `The agent of ${host}`,
    purpose: `agent of ${host}`,
    signal,
    waitSeconds: Number.POSITIVE_INFINITY,
    onWait: (holders: readonly LeaseHolder[]) =>
      wait(`another one works already, this one waits: ${holders.map(describeHolder).join(', ')}`),
  };
}

/** Until it is told to end, or another one took over: then this one waits again. */
async function work(world: World, lease: Lease, { signal, tell }: ServeOptions): Promise<void> {
  const { host, pid } = world.process;
  const journal = new Journal(world, await world.state.agentEvents(host), tell);
  journal.note(`the agent of ${host} has begun (process ${pid})`);
  await runSession(world, lease, journal, AbortSignal.any([signal, lease.lost]));
  if (!signal.aborted) return;
  journal.note(`the agent of ${host} has ended (process ${pid})`);
  await journal.write(lease).catch(() => {});
}
