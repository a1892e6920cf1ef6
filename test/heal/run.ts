/** `npm run test:heal [-- --only WORDS]`: things break while an agent runs; what clients lose, and how long it takes. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { baseImage } from '../../cli/dev/demo.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { startDockerEngine, stopDockerEngine } from '../../cli/dev/docker-engine.ts';
import { messageOf } from '../../core/errors.ts';
import { page, privateInstance } from '../helpers/private-instance.ts';
import { Bench } from './bench.ts';
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

/** So many things happen to one container, in a row. */
const events = 1_000;
/** What a runtime may keep for itself; a leak of one record an event would be far more. */
const mostGrowthKb = 64 * 1024;

function filesOf(site: Site): Record<string, string> {
  const files = page(site);
  if (site !== 'sick') return files;
  const check = 'HEALTHCHECK --interval=1s --retries=1 CMD test -f /www/well';
  return { ...files, Dockerfile: `${files['Dockerfile']}RUN touch /www/well\n${check}\n` };
}

async function deploy({ host }: Bench, site: Site): Promise<void> {
  const { code, stderr } = await host.push(site, filesOf(site));
  if (code !== 0) throw new Error(stderr);
  const scaled = await host.octo('scale', site, String(sites[site]));
  if (scaled.code !== 0) throw new Error(scaled.stderr);
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
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { requests, failures } = await traffic.stop();
  say(`${problem === undefined ? 'ok    ' : 'NOT OK'}  ${name}`);
  say(`    requests ${requests}, failures ${failures}, right after ${seconds} s`);
  if (problem === undefined) return true;
  say(`    ${problem}`);
  const { stdout } = await bench.host.octo('events', '-n', '40');
  for (const line of stdout.split('\n')) say(`    | ${line}`);
  return false;
}

async function runMemory(bench: Bench): Promise<boolean> {
  const [one] = await bench.living('app');
  const container = bench.docker.getContainer(one?.Id ?? '');
  const before = await bench.agentMemory();
  for (let turn = 0; turn < events; turn++) await container.update({ CpuShares: 512 + (turn % 2) });
  await bench.until('app to be right', () => bench.isRight('app', sites.app));
  const after = await bench.agentMemory();
  const ok = after - before < mostGrowthKb;
  say(`${ok ? 'ok    ' : 'NOT OK'}  ${events} events in a row`);
  say(`    memory of the agent ${Math.round(before / 1024)} MB, then ${Math.round(after / 1024)} MB`);
  return ok;
}

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
      if (await runFault(bench, fault, engineDir)) passed++;
    }
    if (!interrupted && (await runMemory(bench))) passed++;
    const codes = await bench.stopAgents();
    const ended = codes.every((code) => code === 0);
    say(`${ended ? 'ok    ' : 'NOT OK'}  agents end with 0 when they are told to end`);
    if (ended) passed++;
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
say(`${passed} passed, ${all - passed} failed, ${faults.length - chosen.length} skipped`);
process.exitCode = passed === all ? 0 : 1;
