/** From the embedded store to Consul, to three servers, and back: the commands of plugins/consul/README.md, while a site is asked for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts, hasLeader } from '../../cli/dev/consul-server.ts';
import { exitCodes } from '../../core/index.ts';
import { eventually } from '../contracts/fixture.ts';
import { probe } from '../faults/prober.ts';
import {
  done,
  octoPath,
  type PrivateInstance,
  page,
  privateInstance,
  type Ran,
  ran,
} from '../helpers/private-instance.ts';

let dir: string;
let host: PrivateInstance;
let address: string;
const servers: ChildProcess[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
  host = await privateInstance({ consul: false });
});
afterAll(async () => {
  await host?.dispose();
  for (const server of servers.filter(({ exitCode }) => exitCode === null)) {
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }
  await rm(dir, { recursive: true, force: true });
});

/** The commands below a title. */
async function commandsBelow(title: string): Promise<readonly string[]> {
  const guide = await readFile(new URL('../../plugins/consul/README.md', import.meta.url), 'utf8');
  const [, section = ''] = guide.split(`\n## ${title}\n`);
  const [before = ''] = section.split('\n## ');
  const found = [...before.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, text = '']) =>
    text.trim().split('\n'),
  );
  expect(found.length, title).toBeGreaterThan(0);
  return found;
}

/** One of this machine's addresses for each server; all have the same ports. */
function here(text: string): string {
  return text.replaceAll('10.0.0.', '127.0.0.');
}

async function startServer(line: string): Promise<void> {
  const [program = '', ...words] = here(line).split(' ');
  const own = /-bind=(\S+)/.exec(here(line))?.[1] ?? '';
  const data = join(dir, own);
  await mkdir(data, { recursive: true });
  const { http, serf, server } = ports;
  const more = [`-client=${own}`, `-http-port=${http}`, `-serf-lan-port=${serf}`, `-server-port=${server}`];
  const given = words.map((word) =>
    word.replace('/var/lib/consul', data).replace(/^(-retry-join=.*)$/, `$1:${serf}`),
  );
  const quiet = ['-serf-wan-port=-1', '-dns-port=-1', `-node=${own}`];
  servers.push(spawn(program, [...given, ...more, ...quiet], { stdio: 'ignore' }));
}

let ports: Awaited<ReturnType<typeof freePorts>>;

/** Runs a line as it stands, but for addresses and paths. What a deploy does afterwards holds a lock for a moment. */
async function runLine(line: string): Promise<string> {
  if (line.startsWith('consul agent')) {
    await startServer(line);
    return '';
  }
  const shell = line
    .replace(/^octo /, `${octoPath} `)
    .replace('--to consul', `--to consul --address ${address}`)
    .replace('/consul()/', `/consul({ address: "${address.replaceAll('/', '\\/')}" })/`)
    .replaceAll('/etc/octohost/octohost.config.ts', host.instance.configFile)
    .replace(/^consul operator/, `CONSUL_HTTP_ADDR=${address} consul operator`);
  const env = { ...process.env, OCTOHOST_CONFIG: host.instance.configFile };
  const ended = await eventually(`nobody at work: ${line}`, async () => {
    const result = await ran('sh', ['-c', shell], { env });
    return result.code === exitCodes.locked ? undefined : result;
  });
  return (await done(Promise.resolve<Ran>(ended))).stdout;
}

async function runAll(title: string): Promise<string[]> {
  const said: string[] = [];
  for (const line of await commandsBelow(title)) {
    said.push(await runLine(line));
    if (servers.length === 1) await eventually('a leader', () => hasLeader(address), 60);
    // As often as you like.
    if (line.includes('store:copy'))
      expect(await runLine(line)).toContain('0 keys written, 0 deleted; 0 services registered, 0 ');
  }
  return said;
}

const shows = async (text: string) => {
  await done(host.octo('deploy', 'shop', await host.folder(page(text)), '--wait'));
  expect((await host.get('shop')).body).toBe(text);
};

it('moves to Consul, to three servers and back, without a request that fails', async () => {
  ports = await freePorts();
  address = `http://127.0.0.1:${ports.http}`;
  await shows('one');
  await done(host.octo('config:set', 'shop/COLOUR', 'blue'));
  const asking = probe(host.instance, `shop.${host.instance.domainSuffix}`);

  const said = await runAll('From the embedded store to Consul');
  expect(said.at(-1)).toMatch(/shop +up/);
  expect((await done(host.octo('config:get', 'shop/COLOUR'))).stdout.trim()).toBe('blue');
  const kept = await fetch(`${address}/v1/kv/octohost/shop/COLOUR?raw`);
  expect(await kept.text()).toBe('blue');
  await shows('two');

  const [two, three, peers] = await commandsBelow('From one server to three');
  for (const line of [two, three]) await runLine(line ?? '');
  await eventually(
    'three voters',
    async () => (await runLine(peers ?? '')).match(/ true /g)?.length === 3,
    60,
  );
  await shows('three');

  await runAll('Back to the embedded store');
  await shows('four');
  expect(await readFile(host.instance.configFile, 'utf8')).toContain('embeddedStore()');

  const answers = [...(await asking.stop()).keys()];
  expect(answers.filter((answer) => !/one|two|three|four/.test(answer))).toEqual([]);
});
