/** Three servers: the leader killed in mid-deploy, no quorum, all of them gone and back. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, it } from 'vitest';
import {
  type ConsulPorts,
  freePorts,
  hasLeader,
  startConsul,
  stopConsul,
} from '../../cli/dev/consul-server.ts';
import { eventually } from '../contracts/fixture.ts';
import { type SiteUnderFault, siteUnderFault } from './site-under-fault.ts';

const servers = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
let dir: string;
let ports: ConsulPorts;
let site: SiteUnderFault;
/** The one that octohost speaks to, which does not lead when the tests begin. */
let own: string;

const dirOf = (server: string) => join(dir, server);
const urlOf = (server: string) => `http://${server}:${ports.http}`;
const start = (server: string) =>
  startConsul({ dir: dirOf(server), address: server, ports, servers, wait: false });
const kill = (server: string) => stopConsul({ dir: dirOf(server), grace: false });
const others = () => servers.filter((server) => server !== own);

async function pidOf(server: string): Promise<number> {
  return JSON.parse(await readFile(join(dirOf(server), 'consul.process.json'), 'utf8')).pid;
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

it('the two others stopped, so that ours is a minority', async ({ task }) => {
  const signal = async (name: 'SIGSTOP' | 'SIGCONT') => {
    for (const server of others()) process.kill(await pidOf(server), name);
  };
  const end = async () => {
    await signal('SIGCONT');
    await untilLed();
  };
  const begin = () => signal('SIGSTOP');
  Object.assign(task.meta, { consul: await site.deployDuring('a minority', { begin, end }, 'was refused') });
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
