/** Three servers: the leader killed in mid-deploy, the network cut, all of them gone and back. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, it } from 'vitest';
import { type ConsulPorts, consulConfig, freePorts, hasLeader } from '../../cli/dev/consul-server.ts';
import { eventually } from '../contracts/fixture.ts';
import { type Host, makeHost } from './second-host.ts';
import { type SiteUnderFault, siteUnderFault } from './site-under-fault.ts';

const servers = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
/** A network of their own, which can be cut between any two of them; only their HTTP API is reached from here. */
let network: Host;
let dir: string;
let ports: ConsulPorts;
let site: SiteUnderFault;
/** The one that octohost speaks to, which does not lead when the tests begin. */
let own: string;
const running = new Map<string, ChildProcess>();

const httpPort = (server: string) => ports.http + servers.indexOf(server);
const urlOf = (server: string) => `http://${network.there}:${httpPort(server)}`;

async function start(server: string): Promise<void> {
  const home = join(dir, server);
  const file = join(home, 'consul.json');
  await mkdir(join(home, 'data'), { recursive: true });
  const more = { client_addr: network.there };
  const its = { ...ports, http: httpPort(server) };
  await writeFile(file, consulConfig({ dir: home, address: server, ports: its, servers, more }));
  const [program, ...words] = network.words('consul', 'agent', `-config-file=${file}`);
  running.set(server, spawn(program, words, { stdio: 'ignore' }));
}

async function kill(server: string): Promise<void> {
  const child = running.get(server);
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Packets from and to one server are lost, silently, as where a cable is pulled. @param how -I cuts, -D mends */
async function cut(server: string, how: '-I' | '-D'): Promise<void> {
  for (const [from, to] of [
    ['-s', '-d'],
    ['-d', '-s'],
  ] as const) {
    const rule = [how, 'INPUT', from, server, '!', to, server, '-j', 'DROP'];
    const [program, ...words] = network.words('iptables', ...rule);
    await promisify(execFile)(program, words);
  }
}

async function leader(): Promise<string> {
  const text = (await (await fetch(`${urlOf(own)}/v1/status/leader`)).json()) as string;
  return text.split(':')[0] ?? '';
}

async function untilLed(): Promise<void> {
  const led = async () =>
    (await Promise.all(servers.map((server) => hasLeader(urlOf(server))))).every(Boolean);
  await eventually('a leader that all three know', led, 60);
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
  network = await makeHost(3);
  ports = await freePorts();
  own = servers[0] as string;
  for (const server of servers) await start(server);
  await untilLed();
  const leading = await leader();
  own = servers.find((server) => server !== leading) as string;
  site = await siteUnderFault(dir, { address: urlOf(own), requestSeconds: 2, patienceSeconds: 10 });
});
afterAll(async () => {
  await site?.host.dispose();
  for (const server of servers) await kill(server);
  await network?.dispose();
  await rm(dir, { recursive: true, force: true });
});

it('the leader killed in mid-deploy', async ({ task }) => {
  let killing = Promise.resolve('');
  const begin = async () => {
    // While the deploy builds and starts.
    killing = sleep(500)
      .then(leader)
      .then(async (leading) => {
        await kill(leading);
        return leading;
      });
  };
  const end = async () => {
    await start(await killing);
    await untilLed();
  };
  Object.assign(task.meta, {
    consul: await site.deployDuring('the leader killed in mid-deploy', { begin, end }, 'went through'),
  });
});

it('our server cut off from the two others, so that it is a minority', async ({ task }) => {
  const begin = () => cut(own, '-I');
  const end = async () => {
    await cut(own, '-D');
    await untilLed();
  };
  Object.assign(task.meta, {
    consul: await site.deployDuring('our server cut off from the others', { begin, end }, 'was refused'),
  });
});

it('the leader cut off from the two others and from nobody else', async ({ task }) => {
  let leading = '';
  const begin = async () => {
    leading = await leader();
    await cut(leading, '-I');
  };
  const end = async () => {
    await cut(leading, '-D');
    await untilLed();
  };
  // Unless ours leads by now: then it is the minority again.
  const expected = (await leader()) === own ? 'was refused' : 'went through';
  Object.assign(task.meta, {
    consul: await site.deployDuring('the leader cut off from the others', { begin, end }, expected),
  });
});

it('all three killed, and back', async ({ task }) => {
  const begin = async () => {
    for (const server of servers) await kill(server);
  };
  const end = async () => {
    for (const server of servers) await start(server);
    await untilLed();
  };
  Object.assign(task.meta, {
    consul: await site.deployDuring('all three killed', { begin, end }, 'was refused'),
  });
});
