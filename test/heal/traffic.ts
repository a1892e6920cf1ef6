/** What clients of a site see while something breaks: each request over a connection of its own. */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../cli/dev/instance-files.ts';

/** Clients that ask at the same time. */
const clients = 4;
const pauseMs = 20;
/** Nobody waits longer. */
const patienceMs = 2_000;

export interface Seen {
  readonly requests: number;
  /** Without an answer, or with another one than 200. */
  readonly failures: number;
}

export interface Traffic {
  stop(): Promise<Seen>;
}

export function startTraffic({ httpUrl }: Pick<Instance, 'httpUrl'>, host: string): Traffic {
  const over = new AbortController();
  let requests = 0;
  let failures = 0;
  const client = async () => {
    while (!over.signal.aborted) {
      const ok = await ask(httpUrl, host);
      requests++;
      if (!ok) failures++;
      await sleep(pauseMs);
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  return {
    async stop() {
      over.abort();
      await done;
      return { requests, failures };
    },
  };
}

/** Whether it answers 200 in time. */
export function ask(httpUrl: string, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { headers: { host }, agent: false, signal: AbortSignal.timeout(patienceMs) };
    const asked = request(httpUrl, options, (response) => {
      response.on('error', () => resolve(false));
      response.on('end', () => resolve(response.statusCode === 200));
      response.resume();
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
