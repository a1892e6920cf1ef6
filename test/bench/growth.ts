/** How the cost grows: the same measures with more and more sites, and with more and more releases of one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { octoPath } from '../helpers/private-instance.ts';
import { type BenchHost, benchHost } from './bench-host.ts';
import type { Chart } from './chart.ts';
import { cpu } from './commands.ts';
import { crowdEngine, model, writeCopies } from './crowd.ts';
import { atMost } from './goal.ts';
import { median, type Row, rowOf } from './measure.ts';

export interface Measured {
  readonly rows: readonly Row[];
  /** What is told below the table. */
  readonly notes?: readonly string[];
}

export interface Growth extends Measured {
  readonly charts: readonly (Chart & { readonly name: string })[];
}

interface Figures {
  readonly count: number;
  readonly answered: number;
  readonly cpuMs: number;
  readonly statusMs: number;
}

/** With 1, 10, 100, … sites that serve; at the most of them the memory of an agent that has come to rest. */
export async function growthOfSites(counts: readonly number[], rounds: number): Promise<Growth> {
  const dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
  const engine = await crowdEngine(process.env['DOCKER_HOST'] ?? '', join(dir, 'engine.sock'));
  try {
    const bench = await benchHost({ dockerHost: engine.dockerHost });
    try {
      const figures: Figures[] = [];
      let copies = 0;
      for (const count of counts) {
        if (count > 1 && copies === 0) await bench.push(model, model);
        // One is pushed to, one is the model.
        const wanted = Math.max(count - 2, 0);
        writeCopies(join(bench.dataDir, 'store.sqlite'), copies, wanted);
        engine.grow(wanted);
        copies = wanted;
        await bench.octo('converge');
        figures.push(await figuresAt(count, bench, 'grown', rounds));
      }
      const most = counts.at(-1) ?? 0;
      const memory = await agentMemory(bench);
      const subject = { name: `memory of the agent, ${most} sites`, unit: 'MB', goal: atMost(150) } as const;
      const status = figures
        .map(({ count, statusMs }) => `${statusMs.toFixed(0)} ms CPU with ${count}`)
        .join(', ');
      return {
        rows: [rowOf(subject, [memory])],
        notes: [`\`octo status --json\` of all sites: ${status}.`],
        charts: chartsOf('sites', figures),
      };
    } finally {
      // What there is no container of cannot be taken away.
      engine.grow(0);
      await bench.dispose();
    }
  } finally {
    engine.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** With 1, 10, 100 releases of the site. */
export async function growthOfReleases(counts: readonly number[], rounds: number): Promise<Growth> {
  const bench = await benchHost();
  try {
    const figures: Figures[] = [];
    await bench.push('aged', 'first');
    let releases = 1;
    for (const count of counts) {
      for (; releases < count; releases++) await bench.octo('config:set', 'aged', `RELEASE=${releases}`);
      figures.push(await figuresAt(count, bench, 'aged', rounds));
      releases += rounds + 1;
    }
    return { rows: [], charts: chartsOf('releases', figures) };
  } finally {
    await bench.dispose();
  }
}

async function figuresAt(count: number, bench: BenchHost, site: string, rounds: number): Promise<Figures> {
  const figures: Omit<Figures, 'count'>[] = [];
  for (let round = 0; round <= rounds; round++) {
    const { answered, cpuMs } = await bench.push(site, `${count} ${round}`);
    const statusMs = await cpu([octoPath, 'status', '--json'], bench);
    if (round > 0) figures.push({ answered, cpuMs, statusMs });
  }
  const of = (name: 'answered' | 'cpuMs' | 'statusMs') => median(figures.map((one) => one[name]));
  return { count, answered: of('answered'), cpuMs: of('cpuMs'), statusMs: of('statusMs') };
}

function chartsOf(of: string, figures: readonly Figures[]): Growth['charts'] {
  const chart = (name: string, title: string, unit: string, value: (one: Figures) => number) => ({
    name: `${name}-${of}`,
    title,
    unit,
    of,
    points: figures.map((one) => ({ count: one.count, value: value(one) })),
  });
  return [
    chart('push', 'push of a change, until the new version answers', 's', ({ answered }) => answered),
    chart('push-cpu', 'CPU of the receiving process', 'ms', ({ cpuMs }) => cpuMs),
    chart('status-cpu', 'CPU of octo status --json', 'ms', ({ statusMs }) => statusMs),
  ];
}

/** Megabytes that an agent has in memory, as soon as it uses no CPU to speak of any more. */
async function agentMemory({ host }: BenchHost): Promise<number> {
  const environment = { ...process.env, OCTOHOST_CONFIG: host.instance.configFile };
  const agent = spawn(octoPath, ['serve'], { env: environment, stdio: 'ignore' });
  try {
    await comeToRest(agent);
    const status = await readFile(`/proc/${agent.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  } finally {
    const ended = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill('SIGTERM');
    await ended;
  }
}

async function comeToRest(agent: ChildProcess): Promise<void> {
  const ticks = async () => {
    const fields = (await readFile(`/proc/${agent.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  for (let calm = 0, before = await ticks(); calm < 5; ) {
    await sleep(2_000);
    const now = await ticks();
    // Less than a tenth of one core.
    calm = now - before < 20 ? calm + 1 : 0;
    before = now;
  }
}
