/** Stands between octohost and a Consul agent, and does to requests what networks and servers do. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Treatment =
  | { readonly kind: 'pass' }
  /** The connection breaks before Consul has heard of it. */
  | { readonly kind: 'break' }
  /** Consul does it, and the connection breaks before it can say so. */
  | { readonly kind: 'lose answer' }
  | { readonly kind: 'answer'; readonly status: number; readonly text: string }
  | { readonly kind: 'late'; readonly ms: number };

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface ConsulProxy {
  readonly address: string;
  /** What becomes of each request from now on. */
  treat(choose: (asked: Asked) => Treatment): void;
  close(): Promise<void>;
}

export async function consulProxy(target: string): Promise<ConsulProxy> {
  let choose: (asked: Asked) => Treatment = () => ({ kind: 'pass' });
  const server = createServer((incoming, response) => {
    void handle(target, (asked) => choose(asked), incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    treat: (next) => {
      choose = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(
  target: string,
  choose: (asked: Asked) => Treatment,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const { method = '', url: path = '' } = incoming;
  const treatment = choose({ method, path, body: body.toString('utf8') });
  if (treatment.kind === 'break') return void response.destroy();
  if (treatment.kind === 'answer') return void response.writeHead(treatment.status).end(treatment.text);
  if (treatment.kind === 'late') await sleep(treatment.ms);
  const answer = await forward(target, incoming, body);
  if (treatment.kind === 'lose answer') {
    answer.resume();
    return void response.destroy();
  }
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  answer.pipe(response);
}

function forward(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(`${target}${url}`, { method, headers, agent: false }, resolve);
    asked.on('error', reject);
    asked.end(body);
  });
}
