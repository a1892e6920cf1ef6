/** Ports for tests to listen on. */
import { createServer } from 'node:net';

/** Below the ports that the kernel gives to clients, so that no outgoing connection sits on one a moment later. */
const range = { first: 10_000, count: 9_000 } as const;

/** Who was given one may not listen yet. */
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on right now; each is given once in a process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = range.first + Math.floor(Math.random() * range.count);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
