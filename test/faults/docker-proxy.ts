/** A socket before the Docker Engine's own, which writes down every request that changes something. */
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { DockerRequest } from './completeness.ts';
import { now } from './fault.ts';

export interface DockerProxy {
  /** To be used in place of the engine's. */
  readonly dockerHost: string;
  /** Everything since the last call. */
  requests(): DockerRequest[];
  close(): void;
}

/** Told of each answer as it begins, before any of it is passed on. */
export type Answered = (asked: IncomingMessage, answer: IncomingMessage, client: ServerResponse) => void;

/** @param dockerHost `unix:///path` */
export async function proxyDocker(
  dockerHost: string,
  socketPath: string,
  answered: Answered = () => {},
): Promise<DockerProxy> {
  const engine = dockerHost.replace(/^unix:\/\//, '');
  const seen: DockerRequest[] = [];
  const note = ({ method = '', url = '' }: IncomingMessage) => {
    if (method !== 'GET' && method !== 'HEAD')
      seen.push({ at: now(), asked: `${method} ${url.split('?', 1)[0]}` });
  };
  const server = createServer((incoming, outgoing) => {
    note(incoming);
    const { method, url, headers } = incoming;
    const passed = ask({ socketPath: engine, method, path: url, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      // A stream of events may say nothing for long; that it was begun has to be known.
      outgoing.flushHeaders();
      answered(incoming, answer, outgoing);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  // BuildKit's session takes the connection over.
  server.on('upgrade', (incoming: IncomingMessage, client: Socket, head: Buffer) => {
    note(incoming);
    const upstream = connect(engine, () => {
      upstream.write(headText(incoming));
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(socketPath, resolve));
  return {
    dockerHost: `unix://${socketPath}`,
    requests: () => seen.splice(0),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function headText({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = Array.from(
    { length: rawHeaders.length / 2 },
    (_, index) => `${rawHeaders[2 * index]}: ${rawHeaders[2 * index + 1]}`,
  );
  return `${[`${method} ${url} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}
