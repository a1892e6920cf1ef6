/** A git server over HTTP on loopback: `git http-backend` behind a few lines of node. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface GitServer {
  readonly url: string;
  /** The paths that were asked for. */
  readonly requests: string[];
  /** v0: no client gets a commit that is no branch's or tag's. */
  protocol: 'v0' | 'v2';
  /** Sends everybody to another path of the same server. */
  redirect: boolean;
  /** Answers nobody. */
  hang: boolean;
  reset(): void;
  close(): Promise<void>;
}

export async function startGitServer(root: string): Promise<GitServer> {
  const fresh = () => ({ protocol: 'v2' as const, redirect: false, hang: false });
  const listener = createServer((request, response) => {
    const path = request.url ?? '';
    server.requests.push(path);
    if (server.hang) return;
    if (server.redirect && !path.startsWith('/elsewhere'))
      response.writeHead(302, { location: `/elsewhere${path}` }).end();
    else void answer(root, server.protocol, request, response);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const server: GitServer = {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    requests: [],
    ...fresh(),
    reset() {
      Object.assign(server, fresh());
      server.requests.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        listener.closeAllConnections();
      }),
  };
  return server;
}

async function answer(
  root: string,
  protocol: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      ...(protocol === 'v2' ? { GIT_PROTOCOL: request.headers['git-protocol'] as string } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  const output = await buffer(child.stdout);
  const end = output.indexOf('\r\n\r\n');
  const headers = output.toString('latin1', 0, end).split('\r\n');
  for (const header of headers) {
    const [name = '', value = ''] = header.split(': ');
    if (name === 'Status') response.statusCode = Number(value.split(' ')[0]);
    else response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
}
