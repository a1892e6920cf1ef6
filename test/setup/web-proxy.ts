/**
 * The way to packages for a machine that has no network but its loopback: a proxy of this host's at a socket, and in the
 * machine's network one who passes on what comes to a port. Where packages come from, the host's configuration says.
 */
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';

/** Of the machine's loopback. */
export const proxyPort = 3128;

/** Answers at a unix socket; as a proxy for plain http, which is what apt asks for. Returns its end. */
export function startWebProxy(socket: string): Promise<() => void> {
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '');
    const passed = request(url, { method: asked.method, headers: { ...asked.headers, host: url.host } });
    passed.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.writeHead(502).end());
    asked.pipe(passed);
  });
  // https is a tunnel.
  server.on('connect', ({ url = '' }, client, head) => {
    const [host, port] = url.split(':');
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      target.write(head);
    });
    passBoth(target, client);
  });
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return new Promise((resolve) => void server.listen(socket, () => resolve(stop)));
}

/** Whoever ends ends both. */
function passBoth(one: Duplex, other: Duplex): void {
  pipeline(one, other, one, () => {});
}

/** Run in the machine's network: passes on what comes to the port. */
if (import.meta.main) {
  const [, , socket = ''] = process.argv;
  const server = createTcpServer((client) => passBoth(connect(socket), client));
  server.listen(proxyPort, '127.0.0.1', () => void process.stdout.write('ready\n'));
}
