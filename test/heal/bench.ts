/** An instance with an agent, and what is asked of it past octohost's own commands. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { nginxText } from '../helpers/nginx-text.ts';
import { octoPath, type PrivateInstance } from '../helpers/private-instance.ts';
import { ask } from './traffic.ts';

const longestMs = 120_000;

export interface AgentFacts {
  readonly alive: boolean;
  readonly pid?: number;
  readonly out: readonly { readonly service: string; readonly why: string }[];
}

/** Seconds from what happened to a container until the route said the same. */
export interface Delays {
  out?: number;
  back?: number;
}

export class Bench {
  readonly host: PrivateInstance;
  readonly docker: Docker;
  #agents: ChildProcess[] = [];
  #delays: Delays = {};

  private constructor(host: PrivateInstance, docker: Docker) {
    this.host = host;
    this.docker = docker;
  }

  static async open(host: PrivateInstance): Promise<Bench> {
    return new Bench(host, await connectDocker(host.instance.dockerHost));
  }

  /** Starts one and waits until it is at work. @param dockerHost where it finds the engine, if not at its own socket */
  async startAgent(dockerHost = this.host.instance.dockerHost): Promise<void> {
    const environment = { ...process.env, OCTOHOST_CONFIG: await this.#configFor(dockerHost) };
    this.#agents.push(spawn(octoPath, ['serve'], { env: environment, stdio: 'ignore' }));
    await this.until('an agent at work', async () => {
      const { alive, pid } = await this.agent();
      return alive && this.#agents.some((one) => one.pid === pid);
    });
  }

  async #configFor(dockerHost: string): Promise<string> {
    const { configFile, dockerHost: own } = this.host.instance;
    if (dockerHost === own) return configFile;
    const text = await readFile(configFile, 'utf8');
    const file = join(dirname(configFile), 'elsewhere.config.ts');
    await writeFile(file, text.replace(JSON.stringify(own), JSON.stringify(dockerHost)));
    return file;
  }

  /** Ends all that still run, as an init would. Returns their exit codes. */
  async stopAgents(): Promise<(number | null)[]> {
    const agents = this.#agents.splice(0).filter((one) => one.exitCode === null && one.signalCode === null);
    return Promise.all(
      agents.map(async (one) => {
        const ended = new Promise<void>((resolve) => one.once('exit', () => resolve()));
        one.kill('SIGTERM');
        await ended;
        return one.exitCode;
      }),
    );
  }

  killAgent(): void {
    for (const one of this.#agents.splice(0)) one.kill('SIGKILL');
  }

  /** As `octo status` tells. */
  async agent(): Promise<AgentFacts> {
    const { stdout } = await this.host.octo('status', '--json');
    return (JSON.parse(stdout) as { agent?: AgentFacts }).agent ?? { alive: false, out: [] };
  }

  /** The number of the last thing that the agent wrote down. */
  async lastEvent(): Promise<number> {
    const { stdout } = await this.host.octo('events', '-n', '1', '--json');
    return (JSON.parse(stdout) as { events: { number: number }[] }).events[0]?.number ?? 0;
  }

  /** Kilobytes that the agent has in memory. */
  async agentMemory(): Promise<number> {
    const { pid } = await this.agent();
    return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  }

  /** A site's containers that answer: running, not held still, not unhealthy. */
  async living(site: string): Promise<ContainerInspectInfo[]> {
    const listed = await this.docker.listContainers({ filters: { label: [`octohost.site=${site}`] } });
    const all = await Promise.all(
      listed.map(({ Id }) =>
        this.docker
          .getContainer(Id)
          .inspect()
          .catch(() => undefined),
      ),
    );
    return all.filter(
      (one): one is ContainerInspectInfo =>
        one?.State.Running === true && !one.State.Paused && one.State.Health?.Status !== 'unhealthy',
    );
  }

  /** The site is as its release wants it: so many live, the route leads to them and to nobody else, and it answers. */
  async isRight(site: string, count: number): Promise<boolean> {
    // The cheapest question first: who asks for fifty containers again and again keeps the engine from its work.
    if ((await this.listed(site)) !== count) return false;
    const living = await this.living(site);
    const led = await this.addresses();
    const ports = living.flatMap(portsOf);
    const { instance } = this.host;
    return (
      living.length === count &&
      ports.every((port) => led.has(`127.0.0.1:${port}`)) &&
      (await ask(instance.httpUrl, `${site}.${instance.domainSuffix}`))
    );
  }

  /** Whether the route leads to a container. */
  async leadsTo(container: ContainerInspectInfo): Promise<boolean> {
    const led = await this.routed();
    return portsOf(container).some((port) => led.includes(`127.0.0.1:${port}`));
  }

  /** Waits until the route leads to it no more, counted from now. */
  outOfRoute(container: ContainerInspectInfo): Promise<void> {
    return this.#delay('out', 'it to be out of the route', async () => !(await this.leadsTo(container)));
  }

  /** Waits until the route leads to it again, counted from now. */
  backInRoute(container: ContainerInspectInfo): Promise<void> {
    return this.#delay('back', 'it to be back in the route', () => this.leadsTo(container));
  }

  /** Waits until routes lead to an address that was not there before, counted from now. */
  newcomerInRoute(before: ReadonlySet<string>): Promise<void> {
    return this.#delay(
      'back',
      'another one to be in the route',
      async () => !(await this.addresses()).isSubsetOf(before),
    );
  }

  async #delay(name: keyof Delays, what: string, is: () => Promise<boolean>): Promise<void> {
    const began = performance.now();
    await this.until(what, is);
    this.#delays[name] = (performance.now() - began) / 1000;
  }

  /** Those since the last call. */
  takeDelays(): Delays {
    const delays = this.#delays;
    this.#delays = {};
    return delays;
  }

  /** All that stand in the routes. */
  async addresses(): Promise<Set<string>> {
    return new Set((await this.routed()).match(/127\.0\.0\.1:\d+/g));
  }

  async routed(): Promise<string> {
    return nginxText(this.host.home).catch(() => '');
  }

  /** How many containers the site has, dead ones included. */
  async listed(site: string): Promise<number> {
    const label = [`octohost.site=${site}`];
    return (await this.docker.listContainers({ all: true, filters: { label } })).length;
  }

  /** Holds the store, as a backup or another process does; what is returned lets it go. */
  lockStore(): () => void {
    const database = new DatabaseSync(join(this.host.home, 'data/store.sqlite'));
    database.exec('BEGIN IMMEDIATE');
    return () => {
      database.exec('ROLLBACK');
      database.close();
    };
  }

  async nginxMaster(): Promise<number> {
    return Number(await readFile(join(this.host.home, 'data/nginx/nginx.pid'), 'utf8').catch(() => '0'));
  }

  /** Waits for a state; how long that takes is measured, and bounded only so that it ends. */
  async until(what: string, is: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + longestMs;
    while (!(await is().catch(() => false))) {
      if (performance.now() > end) throw new Error(`${what}: not within ${longestMs / 1000} s`);
      await sleep(50);
    }
  }
}

function portsOf({ NetworkSettings }: ContainerInspectInfo): string[] {
  return Object.values(NetworkSettings.Ports).flatMap(
    (bound) => bound?.map(({ HostPort }) => HostPort) ?? [],
  );
}
