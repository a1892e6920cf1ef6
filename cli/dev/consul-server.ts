/** A private Consul server: of a private instance alone, or one of several for tests. */
import { mkdir, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { type Detached, startDetached } from './detached.ts';
import { freePort } from './free-port.ts';
import { endProcess } from './processes.ts';
import { errors } from './program-errors.ts';
import { waitUntil } from './wait.ts';

const startMs = 30_000;
const graceMs = 5_000;

export interface ConsulPorts {
  readonly http: number;
  /** Where servers find each other. */
  readonly serf: number;
  readonly server: number;
}

export interface ConsulOptions {
  readonly dir: string;
  /** Everything listens there. @default '127.0.0.1' */
  readonly address?: string;
  /** Free ones by default. */
  readonly ports?: ConsulPorts;
  /** Addresses of the servers of which this is one, all with the same ports. @default this one alone */
  readonly servers?: readonly string[];
  /** More of Consul's own configuration. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** By Consul's names: `https`. */
  readonly morePorts?: Readonly<Record<string, number>>;
  /** False: returns as soon as the process runs; by default it waits for a leader. */
  readonly wait?: boolean;
}

/** @returns the address of its HTTP API: `http://127.0.0.1:8500` @throws E_CONSUL_START, E_PROGRAM_MISSING */
export async function startConsul(options: ConsulOptions): Promise<string> {
  const { dir, address = '127.0.0.1', wait = true } = options;
  await mkdir(join(dir, 'data'), { recursive: true, mode: 0o700 });
  const ports = options.ports ?? (await freePorts());
  const file = join(dir, 'consul.json');
  await writeFile(file, consulConfig({ ...options, address, ports }), { mode: 0o600 });
  const log = join(dir, 'consul.log');
  const started = await startDetached({
    program: 'consul',
    args: ['agent', `-config-file=${file}`],
    logFile: log,
    recordFile: recordOf(dir),
  });
  const url = `http://${address}:${ports.http}`;
  const ready = async () => started.ended() || (await hasLeader(url));
  if (!wait || ((await waitUntil(ready, { timeoutMs: startMs })) && !started.ended())) return url;
  return giveUp(dir, log, started);
}

/** Ends the server of `dir`; its data stay. @param grace false: SIGKILL at once */
export async function stopConsul({ dir, grace = true }: { dir: string; grace?: boolean }): Promise<void> {
  await endProcess(recordOf(dir), { graceMs: grace ? graceMs : 0 });
}

export async function freePorts(): Promise<ConsulPorts> {
  return { http: await freePort(), serf: await freePort(), server: await freePort() };
}

/** Pure. */
export function consulConfig({
  dir,
  address,
  ports,
  servers = [address],
  more = {},
  morePorts = {},
}: ConsulOptions & { readonly address: string; readonly ports: ConsulPorts }): string {
  return JSON.stringify(
    {
      server: true,
      node_name: `octohost-${address}`,
      data_dir: join(dir, 'data'),
      bind_addr: address,
      client_addr: address,
      bootstrap_expect: servers.length,
      retry_join: servers.filter((one) => one !== address).map((one) => `${one}:${ports.serf}`),
      retry_interval: '1s',
      ports: {
        http: ports.http,
        serf_lan: ports.serf,
        server: ports.server,
        serf_wan: -1,
        dns: -1,
        grpc: -1,
        ...morePorts,
      },
      // One machine: a lost leader is seen at once.
      performance: { raft_multiplier: 1 },
      disable_update_check: true,
      ...more,
    },
    undefined,
    2,
  );
}

function recordOf(dir: string): string {
  return join(dir, 'consul.process.json');
}

/** Whether a Consul answers there that can write. */
export function hasLeader(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const silent = () => resolve(false);
    const asked = get(`${url}/v1/status/leader`, { timeout: 1_000, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(/^"[\d.]+:\d+"/.test(body)));
      response.on('error', silent);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', silent);
  });
}

async function giveUp(dir: string, log: string, started: Detached): Promise<never> {
  const problem = started.ended()
    ? 'ended right after its start'
    : `had no leader within ${startMs / 1000} seconds`;
  await stopConsul({ dir });
  throw errors.E_CONSUL_START({ problem, log, lines: await started.lastLines() });
}
