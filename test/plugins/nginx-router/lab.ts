/** A real nginx below a temporary prefix, and small HTTP servers for it to lead to. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Domain,
  Installation,
  Plugin,
  PreparedRoutes,
  Route,
  Router,
  SiteName,
  StepContext,
} from '../../../core/index.ts';
import { assemble } from '../../../core/plugin.ts';
import { type NginxLayout, nginxLayout, nginxRouter } from '../../../plugins/nginx-router/index.ts';
import type { NginxRouterOptions } from '../../../plugins/nginx-router/options.ts';
import {
  drainingWorkers,
  endMaster,
  findMaster,
  retireOrphans,
  workersOf,
} from '../../../plugins/nginx-router/processes.ts';
import { freePort } from '../../contracts/free-port.ts';
import { memoryPlugins } from '../../testing/memory-plugins.ts';

/** Node's own limit is below nginx's. */
const maxHeaderSize = 256 * 1024;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface RequestOptions {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: Buffer;
  /** The client's own address, for what depends on it. */
  from?: string;
}

/** Where a router listens, other than at the lab's usual port of 127.0.0.1. */
export interface Listening {
  port?: number;
  address?: string;
  /** Files of the default certificate. */
  https?: { certificate: string; key: string };
}

export interface Upstream {
  readonly port: number;
  readonly server: Server;
}

export interface Lab {
  readonly layout: NginxLayout;
  readonly port: number;
  readonly httpsPort: number;
  /** Where a test keeps files of its own. */
  readonly folder: string;
  /** A router object as another process would have it. */
  router(options?: NginxRouterOptions & Listening): Router;
  readonly request: (host: string, path: string, options?: RequestOptions) => Promise<Answer>;
  /** The same by https, HTTP/1.1; the certificate is looked at by nobody. */
  readonly secure: (host: string, path: string, options?: RequestOptions) => Promise<Answer>;
  master(): Promise<number | undefined>;
  /** Pids of the workers that accept connections, sorted. */
  acceptingWorkers(): Promise<number[]>;
  /** Starts an instance that answers this; it ends with the lab. */
  upstream(answer: string | RequestListener): Promise<Upstream>;
  /** A port that another program listens on. */
  occupiedPort(): Promise<number>;
  readonly end: () => Promise<void>;
}

export async function createLab(): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'octohost-nginx-'));
  const layout = nginxLayout(join(folder, 'nginx'));
  const [port, httpsPort] = [await freePort(), await freePort()];
  const servers: TcpServer[] = [];
  const open = async (server: TcpServer) => {
    servers.push(server);
    return listen(server);
  };
  return {
    layout,
    port,
    httpsPort,
    folder,
    router: ({ port: otherPort, address = '127.0.0.1', https = {}, ...options } = {}) =>
      routerOf(nginxRouter({ workerProcesses: 2, ...options }), folder, {
        http: { address, port: otherPort ?? port },
        https: { port: httpsPort, ...https },
      }),
    request: (host, path, options) => request(httpRequest, port, host, path, options),
    secure: (host, path, options) => request(httpsRequest, httpsPort, host, path, options),
    master: () => findMaster(layout),
    async acceptingWorkers() {
      const master = (await findMaster(layout)) ?? 0;
      const draining = await drainingWorkers(master);
      return (await workersOf(master)).filter((pid) => !draining.includes(pid)).toSorted((a, b) => a - b);
    },
    async upstream(answer) {
      const server = createServer(
        { maxHeaderSize },
        typeof answer === 'string' ? (_, response) => void response.end(answer) : answer,
      );
      return { port: await open(server), server };
    },
    occupiedPort: () => open(createTcpServer()),
    async end() {
      const master = await findMaster(layout);
      if (master !== undefined) await endMaster(layout, master);
      await retireOrphans(layout);
      await Promise.all(servers.map(close));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sets the plugin up as the engine does; the other roles are never used. */
export function routerOf(
  plugin: Plugin,
  dataDir: string,
  listening: Pick<Installation, 'http' | 'https'>,
): Router {
  const others = memoryPlugins({ publisher: false }).filter(({ name }) => name !== 'memory-router');
  const { providers } = assemble([plugin, ...others], {
    adopted: async () => [],
    id: () => Promise.resolve('0a1b2c3d'),
    dataDir,
    ...listening,
    environment: { PATH: process.env['PATH'] },
  });
  return providers.router;
}

/** A context that keeps what it is told. */
export function recordingContext(
  signal = new AbortController().signal,
): StepContext & { warnings: string[] } {
  const warnings: string[] = [];
  return { signal, output: () => {}, warn: (line) => void warnings.push(line), warnings };
}

/** Prepares and applies. */
export async function apply(router: Router, ...routes: Route[]): Promise<PreparedRoutes> {
  const prepared = await router.prepare(routes, recordingContext());
  await router.apply(prepared, recordingContext());
  return prepared;
}

/** The same; returns what the operator would be told. */
export async function applyTelling(router: Router, ...routes: Route[]): Promise<string[]> {
  const context = recordingContext();
  await router.apply(await router.prepare(routes, context), context);
  return context.warnings;
}

/** The site `app` answers at `app.test`. */
export function route(site: string, ...upstreams: Pick<Upstream, 'port'>[]): Route {
  return {
    site: site as SiteName,
    domains: [`${site}.test` as Domain],
    upstreams: upstreams.map(({ port }) => ({ address: '127.0.0.1', port })),
  };
}

/** On a free loopback port, which it returns. */
async function listen(server: TcpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

async function close(server: TcpServer): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  if ('closeAllConnections' in server) (server as Server).closeAllConnections();
  await closed;
}

function request(
  send: typeof httpRequest,
  port: number,
  host: string,
  path: string,
  { method = 'GET', headers = {}, body, from }: RequestOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: false as const,
      headers: { host, ...headers },
      servername: host.replace(/:\d+$/, ''),
      rejectUnauthorized: false,
      maxHeaderSize,
      ...(from ? { localAddress: from } : {}),
    };
    const asked = send(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Waits for a condition, ten seconds at most. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(5)) if (await holds()) return;
  throw new Error(`${what} did not come about`);
}

export async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
