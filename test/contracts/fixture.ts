/** What every contract suite shares: names that nobody else uses, and waiting. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Image,
  parseSiteName,
  type Release,
  type SiteName,
  type StepContext,
} from '../../core/index.ts';

/** What a suite gets beside the provider. */
export interface Disposable {
  /** Takes away everything that the provider and its surroundings left. */
  dispose(): Promise<void>;
}

/** Another one each time, so that suites can share a machine, a store, a registry. */
export function freshSite(): SiteName {
  return parseSiteName(`contract-${randomBytes(5).toString('hex')}`);
}

export function freshDeploy(): string {
  return `${Date.now().toString(36)}${randomBytes(3).toString('hex')}`;
}

/** A release of a site with this image; everything else is plain. */
export function makeRelease(site: SiteName, image: Image, facts: Partial<Release> = {}): Release {
  return {
    site,
    number: 1,
    deploy: freshDeploy(),
    reason: 'deploy',
    actor: 'a contract suite',
    createdAt: new Date().toISOString(),
    image,
    environment: '0'.repeat(64),
    settings: '0'.repeat(64),
    run: { ports: image.ports, volumes: image.volumes, generation: 0 },
    declared: { domains: [] },
    count: 1,
    domains: [],
    check: { timeoutSeconds: 10 },
    graceSeconds: 10,
    spec: '0'.repeat(32),
    ...facts,
  };
}

/** A step's context that keeps what it is told. */
export function stepContext(
  signal: AbortSignal = new AbortController().signal,
): StepContext & { readonly lines: string[] } {
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  return { signal, output: tell, warn: tell, lines };
}

/** Asks until the answer is neither undefined nor false; throws when that takes longer than `seconds`. */
export async function eventually<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined | false>,
  seconds = 20,
): Promise<Answer> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > until) throw new Error(`${what}: not within ${seconds} s.`);
    await sleep(25);
  }
}

/** Everything that an iteration yields, once it has ended. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A watch as a test uses it. */
export interface Watch {
  /** How often it has yielded so far. */
  readonly count: () => number;
  /** Aborts, and returns when the iteration has ended; throws what it threw. */
  end(): Promise<void>;
  /** Aborts; how the iteration ends is for another check. */
  stop(): void;
}

/** Iterates over a watch until `end`. */
export function startWatch(watch: (signal: AbortSignal) => AsyncIterable<void>): Watch {
  const controller = new AbortController();
  let yields = 0;
  const ended = (async () => {
    for await (const _ of watch(controller.signal)) yields++;
  })();
  // A failure is reported by `end`, not as an unhandled rejection before it.
  ended.catch(() => {});
  return {
    count: () => yields,
    async end() {
      controller.abort();
      await ended;
    },
    stop: () => controller.abort(),
  };
}
