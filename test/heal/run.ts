/** `npm run test:heal [-- --only WORDS]`: things break while an agent runs; what clients lose, and how long it takes. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { baseImage, importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { startDockerEngine, stopDockerEngine } from '../../cli/dev/docker-engine.ts';
import { messageOf } from '../../core/errors.ts';
import { page, privateInstance } from '../helpers/private-instance.ts';
import { Bench } from './bench.ts';
import { startEngineProxy } from './engine-proxy.ts';
import { type Fault, faults, type Site, sites } from './faults.ts';
import { startTraffic } from './traffic.ts';

const { values: flags } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const chosen = faults.filter(({ name }) => name.includes(flags.only));
const say = (line: string) => void process.stdout.write(`${line}\n`);

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
  });

/** So many things happen to one container, in a row; the first ones fill what a runtime keeps for itself. */
const events = { warmUp: 1_000, measured: 10_000 } as const;
/** So many are started for the floor, so many at a time. */
const floor = { containers: 8, atOnce: 4 } as const;
/** What a runtime may keep for itself; a leak of one record an event would be far more. */
const mostGrowthKb = 64 * 1024;

function filesOf(site: Site): Record<string, string> {
  const files = page(site);
  if (site !== 'sick') return files;
  const check = 'HEALTHCHECK --interval=1s --retries=1 CMD test -f /www/well';
  return { ...files, Dockerfile: `${files['Dockerfile']}RUN touch /www/well\n${check}\n` };
}

const secondsSince = (began: number) => (performance.now() - began) / 1000;
const shown = (seconds: number | undefined) => (seconds === undefined ? '–' : `${seconds.toFixed(2)} s`);

async function deploy({ host }: Bench, site: Site): Promise<void> {
  const began = performance.now();
  const { code, stderr } = await host.push(site, filesOf(site));
  if (code !== 0) throw new Error(stderr);
  const scaled = await host.octo('scale', site, String(sites[site]));
  if (scaled.code !== 0) throw new Error(scaled.stderr);
  say(`        ${site}: ${sites[site]} instances deployed in ${secondsSince(began).toFixed(1)} s`);
}

/** What the engine alone needs: containers of the same image, started as a plain client does. */
async function sayFloor(bench: Bench): Promise<void> {
  const [one] = await bench.living('many');
  const began = performance.now();
  const containers = await pLimit(floor.atOnce).map(Array.from({ length: floor.containers }), async () => {
    const container = await bench.docker.createContainer({ Image: one?.Image ?? '' });
    await container.start();
    return container;
  });
  const each = secondsSince(began) / floor.containers;
  await Promise.all(containers.map((container) => container.remove({ force: true })));
  say(
    `        floor: the engine alone starts one each ${each.toFixed(2)} s, ${sites.many} in ${(each * sites.many).toFixed(1)} s`,
  );
}

/** Returns whether all came to be as it should. */
async function runFault(bench: Bench, { name, site, run }: Fault, engineDir: string): Promise<boolean> {
  const { instance } = bench.host;
  const traffic = startTraffic(instance, `${site}.${instance.domainSuffix}`);
  const began = performance.now();
  const problem = await run(bench, engineDir).then(
    () => undefined,
    (error: unknown) => messageOf(error),
  );
  const seconds = secondsSince(began).toFixed(1);
  const { requests, failures } = await traffic.stop();
  const { out, back } = bench.takeDelays();
  say(`${problem === undefined ? 'ok    ' : 'NOT OK'}  ${name}`);
  say(
    `        requests ${String(requests).padStart(6)} | failures ${String(failures).padStart(5)} | out ${shown(out)} | back ${shown(back)} | right ${seconds} s`,
  );
  if (problem === undefined) return true;
  say(`    ${problem}`);
  const { stdout } = await bench.host.octo('events', '-n', '40');
  for (const line of stdout.split('\n')) say(`    | ${line}`);
  return false;
}

/** An agent of its own hears the engine through a proxy that tells a real event again and again. */
async function runMemory(bench: Bench, engineDir: string): Promise<boolean> {
  const proxy = await startEngineProxy(bench.host.instance.dockerHost, join(engineDir, 'proxy.sock'));
  try {
    await bench.startAgent(proxy.dockerHost);
    const [one] = await bench.living('app');
    await bench.until('an event', async () => {
      if (proxy.lastUpdate() === undefined)
        await bench.docker.getContainer(one?.Id ?? '').update({ CpuShares: 512 });
      return proxy.lastUpdate() !== undefined;
    });
    const tell = async (times: number) => {
      const from = await bench.lastEvent();
      await proxy.repeat(proxy.lastUpdate() ?? '', times);
      await bench.until(`${times} events to be heard`, async () => (await bench.lastEvent()) >= from + times);
      return bench.agentMemory();
    };
    const before = await tell(events.warmUp);
    const began = performance.now();
    const after = await tell(events.measured);
    const ok = after - before < mostGrowthKb && (await bench.isRight('app', sites.app));
    say(`${ok ? 'ok    ' : 'NOT OK'}  ${events.measured} events in a row`);
    say(
      `        memory of the agent ${inMb(before)}, then ${inMb(after)} | heard in ${secondsSince(began).toFixed(1)} s`,
    );
    return ok;
  } finally {
    await bench.stopAgents();
    proxy.close();
  }
}

const inMb = (kilobytes: number) => `${Math.round(kilobytes / 1024)} MB`;

const began = performance.now();
const engineDir = await realpath(await mkdtemp(join(tmpdir(), 'octo-heal-')));
let passed = 0;
try {
  const { dockerHost } = await startDockerEngine({ dir: engineDir });
  process.env['DOCKER_HOST'] = dockerHost;
  await importBusyboxImage(await connectDocker(dockerHost), baseImage);
  const host = await privateInstance({ dockerHost });
  const bench = await Bench.open(host);
  try {
    const there = new Set<Site>();
    const bring = async (site: Site) => {
      if (!there.has(site)) await deploy(bench, site);
      there.add(site);
    };
    await bring('app');
    await bench.startAgent();
    for (const fault of chosen) {
      if (interrupted) break;
      await bring(fault.site);
      if (fault.site === 'many') await sayFloor(bench);
      if (await runFault(bench, fault, engineDir)) passed++;
    }
    const codes = await bench.stopAgents();
    const ended = codes.every((code) => code === 0);
    say(`${ended ? 'ok    ' : 'NOT OK'}  agents end with 0 when they are told to end`);
    if (ended) passed++;
    if (!interrupted && (await runMemory(bench, engineDir))) passed++;
  } finally {
    await bench.stopAgents();
    await host.dispose();
  }
} finally {
  await stopDockerEngine({ dir: engineDir });
  await rm(engineDir, { recursive: true, force: true });
}
const all = chosen.length + 2;
say('');
say(
  `${passed} passed, ${all - passed} failed, ${faults.length - chosen.length} skipped, ${secondsSince(began).toFixed(0)} s in all`,
);
process.exitCode = passed === all ? 0 : 1;
