/** The proof that a change of routes has happened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { endOfLog, isGivenUp, seriousLines } from './error-log.ts';
import type { NginxLayout } from './layout.ts';
import { acceptsNoMore, isMaster, workersOf } from './processes.ts';
import { generationInForce } from './status.ts';

/** What was so before the master was told. */
export interface Before {
  readonly master: number;
  readonly workers: readonly number[];
  /** Size of the error log. */
  readonly log: number;
}

export interface Outcome {
  readonly confirmed: boolean;
  /** What the master complained of. */
  readonly lines: readonly string[];
}

export interface Patience {
  readonly seconds: number;
  /** Ends early where the master has given up; off where that may be about an earlier change. */
  readonly untilGivenUp: boolean;
}

const firstPollMs = 2;
const slowestPollMs = 40;

/** To be taken before the signal, or right after a start. */
export async function takeStock(layout: NginxLayout, master: number): Promise<Before> {
  const [workers, log] = await Promise.all([workersOf(master), endOfLog(layout.errorLog)]);
  return { master, workers, log };
}

/**
 * Waits until this generation answers and no worker of before accepts connections; both, because for some
 * milliseconds after the first new answer old workers still accept.
 */
export async function awaitGeneration(
  layout: NginxLayout,
  generation: string,
  before: Before,
  { seconds, untilGivenUp }: Patience,
): Promise<Outcome> {
  const until = Date.now() + seconds * 1000;
  for (let pause = firstPollMs; ; pause = Math.min(pause * 1.5, slowestPollMs)) {
    if (await isInForce(layout, generation, before)) return { confirmed: true, lines: [] };
    const lines = await seriousLines(layout.errorLog, before.log, before.master);
    if (untilGivenUp && lines.some(isGivenUp)) return { confirmed: false, lines };
    if (!(await isMaster(layout, before.master)))
      return { confirmed: false, lines: [...lines, `the master process ${before.master} has ended`] };
    if (Date.now() > until)
      return {
        confirmed: false,
        lines: [...lines, `generation ${generation} did not answer within ${seconds} s`],
      };
    await sleep(pause);
  }
}

async function isInForce(layout: NginxLayout, generation: string, before: Before): Promise<boolean> {
  if ((await generationInForce(layout)) !== generation) return false;
  const ended = await Promise.all(before.workers.map(acceptsNoMore));
  return ended.every(Boolean);
}
