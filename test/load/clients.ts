/** Clients of all kinds, each sending one request after another until it is told to stop. */
import { Agent, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange, type Sent, type Target, textOf } from './exchange.ts';
import { type Attempt, type Fate, type Kind, kinds, mayRetry } from './tally.ts';
import { webSocket } from './web-socket.ts';

/** Which versions may answer: none older than the last deploy that returned, none newer than the one under way. */
export interface Versions {
  least: number;
  most: number;
}

export interface Crowd {
  readonly fates: readonly Fate[];
  /** Lets every client end what it is doing. */
  stop(): Promise<void>;
}

/** How many clients of each kind there are, and how long each waits between two requests. */
const clients: Readonly<Record<Kind, { readonly count: number; readonly pauseMs: number }>> = {
  'keep-alive': { count: 8, pauseMs: 15 },
  'one-shot': { count: 4, pauseMs: 25 },
  slow: { count: 4, pauseMs: 50 },
  upload: { count: 3, pauseMs: 50 },
  events: { count: 4, pauseMs: 50 },
  websocket: { count: 4, pauseMs: 50 },
};
const longMs = 3000;
const upload = { chunks: 20, everyMs: 100, bytes: 64 * 1024 } as const;

export function startCrowd({ port, host }: Pick<Target, 'port' | 'host'>, versions: Versions): Crowd {
  const fates: Fate[] = [];
  const stopping = new AbortController();
  const running = kinds.flatMap((kind, kindIndex) =>
    Array.from({ length: clients[kind].count }, (_, index) => {
      // Another network for each client: an address hash that looks at the network alone must tell them apart, too.
      const target = { port, host, from: `127.${kindIndex + 1}.${index + 1}.1` };
      return runClient(kind, senders[kind](target, versions), fates, stopping.signal);
    }),
  );
  return {
    fates,
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** @param fresh on a connection that was not used before */
type Send = (fresh: boolean) => Promise<Attempt>;

async function runClient(kind: Kind, send: Send, fates: Fate[], stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const began = performance.now();
    const first = await send(false);
    const second = mayRetry(first) ? await send(true) : undefined;
    fates.push({ kind, began, ended: performance.now(), first, ...(second ? { second } : {}) });
    // Not in step with the others.
    await sleep(clients[kind].pauseMs * (0.5 + Math.random()));
  }
}

const senders: Record<Kind, (target: Target, versions: Versions) => Send> = {
  'keep-alive': (target, versions) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    return (fresh) => exchange(target, { ...page(versions, '/'), ...(fresh ? {} : { agent }) });
  },
  'one-shot': (target, versions) => () => exchange(target, page(versions, '/')),
  slow: (target, versions) => () => exchange(target, page(versions, `/slow?ms=${longMs}`)),
  upload: (target, versions) => () => exchange(target, uploading(versions)),
  events: (target, versions) => () => exchange(target, listening(versions)),
  websocket: (target, versions) => () => {
    const judge = judgeOf(versions);
    return webSocket(target, { messages: longMs / 100, everyMs: 100, judge });
  },
};

/** To be made when the request begins. */
function judgeOf(versions: Versions): (version: string) => string | undefined {
  const { least } = versions;
  return (version) => {
    const number = Number(version);
    if (number >= least && number <= versions.most) return undefined;
    return `version ${version} answered, where ${least} to ${versions.most} may`;
  };
}

function page(versions: Versions, path: string): Sent {
  const judge = judgeOf(versions);
  return { path, judge: async (response) => judge(await textOf(response)) };
}

function uploading(versions: Versions): Sent {
  const judge = judgeOf(versions);
  const whole = String(upload.chunks * upload.bytes);
  return {
    path: '/upload',
    body: chunks(),
    async judge(response) {
      const received = await textOf(response);
      if (received !== whole) return `${received} bytes of ${whole} arrived`;
      return judge(String(response.headers['x-version']));
    },
  };
}

async function* chunks(): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(upload.bytes);
  for (let count = 0; count < upload.chunks; count++) {
    await sleep(upload.everyMs);
    yield chunk;
  }
}

/** Events have no end: the client leaves. Until then all of them come from one version. */
function listening(versions: Versions): Sent {
  const judge = judgeOf(versions);
  return { path: '/events', judge: (response) => listen(response, judge) };
}

async function listen(
  response: IncomingMessage,
  judge: (version: string) => string | undefined,
): Promise<string | undefined> {
  const until = performance.now() + longMs;
  const seen = new Set<string>();
  response.setEncoding('utf8');
  for await (const chunk of response) {
    for (const [, version = ''] of String(chunk).matchAll(/^data: (.*)$/gm)) seen.add(version);
    if (performance.now() < until) continue;
    const [version = '', ...others] = seen;
    return others.length > 0 ? 'events of several versions came' : judge(version);
  }
  return 'the stream ended';
}
