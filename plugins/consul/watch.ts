/** Sees changes by Consul's blocking queries; while it is away, asks again with growing pauses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isOctohostError } from '../../core/index.ts';
import type { Agent, BlockingRequest } from './calls.ts';

const pauseMs = { first: 250, most: 30_000 };

export interface Watched {
  /** Two answers differ when something changed in between. */
  readonly look: () => Promise<string>;
  /** A query for each kind of thing that may change; they wake for more than what is looked at. */
  readonly changes: readonly BlockingRequest[];
}

/** Yields when `look` says something else than at the last yield, or than when the iteration began. Ends when the signal aborts. */
export async function* watchChanges(
  agent: Agent,
  { look, changes }: Watched,
  signal: AbortSignal,
): AsyncGenerator<void> {
  if (signal.aborted) return;
  const bell = createBell();
  signal.addEventListener('abort', bell.ring, { once: true });
  for (const change of changes) void ringOnChange(agent, change, bell.ring, signal);
  let pause = pauseMs.first;
  let seen: string | undefined;
  while (!signal.aborted) {
    const now = await look().catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
    });
    if (signal.aborted) return;
    if (now === undefined) {
      await rest(pause, signal);
      pause = Math.min(pause * 2, pauseMs.most);
      continue;
    }
    pause = pauseMs.first;
    const changed = seen !== undefined && now !== seen;
    seen = now;
    if (changed) yield;
    else await bell.rung();
  }
}

async function ringOnChange(
  agent: Agent,
  change: BlockingRequest,
  ring: () => void,
  signal: AbortSignal,
): Promise<void> {
  let index: string | undefined;
  let pause = pauseMs.first;
  while (!signal.aborted) {
    try {
      const next = await agent.block(index, change, signal);
      if (next !== index) ring();
      // An index that goes back is of a Consul that was restored: begin anew.
      index = index !== undefined && Number(next) < Number(index) ? undefined : next;
      pause = pauseMs.first;
    } catch {
      // What cannot be mended is thrown by the look, which is made after each ring.
      index = undefined;
      ring();
      await rest(pause, signal);
      pause = Math.min(pause * 2, pauseMs.most);
    }
  }
}

/** A ring that nobody waits for counts for the next who does; many count as one. */
function createBell(): { ring: () => void; rung: () => Promise<void> } {
  let { promise, resolve } = Promise.withResolvers<void>();
  return {
    ring: () => resolve(),
    async rung() {
      await promise;
      ({ promise, resolve } = Promise.withResolvers<void>());
    },
  };
}

function isUnavailable(error: unknown): boolean {
  return isOctohostError(error) && error.code === 'E_CONSUL_UNAVAILABLE';
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
}
