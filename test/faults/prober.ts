/** Asks for a site again and again, each time over a new connection, and keeps count of what comes back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../cli/dev/instance-files.ts';
import { get } from '../helpers/private-instance.ts';
import { answerOf } from './world.ts';

const pauseMs = 20;

export interface Prober {
  /** Ends it; how often each answer came. `0` is a connection that failed or an answer that broke off. */
  stop(): Promise<ReadonlyMap<string, number>>;
}

export function probe(instance: Pick<Instance, 'httpUrl'>, host: string): Prober {
  const answers = new Map<string, number>();
  const over = new AbortController();
  const done = (async () => {
    while (!over.signal.aborted) {
      const answer = answerOf(await get(instance, host));
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      await sleep(pauseMs);
    }
  })();
  return {
    async stop() {
      over.abort();
      await done;
      return answers;
    },
  };
}
