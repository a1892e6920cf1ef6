/**
 * `npm run bench [-- --json] [--rounds N] [--only WORDS] [--charts FOLDER]`: what octohost takes over its floor, measured in
 * one run. Nothing here is a test.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeStdout } from '../../cli/stdout-guard.ts';
import startEngine from '../e2e/global-setup.ts';
import { type BenchHost, benchHost } from './bench-host.ts';
import { chartOf } from './chart.ts';
import { commands, firstLine } from './commands.ts';
import { firstPushes, fiveInstances, repushes, sameTree, withoutBuild } from './deploys.ts';
import { dispatch } from './dispatch.ts';
import { type Growth, growthOfReleases, growthOfSites, type Measured } from './growth.ts';
import { manyPushes } from './many.ts';
import { type Row, tableOf } from './measure.ts';
import { routeChanges } from './routes.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    charts: { type: 'string' },
  },
});
const rounds = Number(flags.rounds);

// What was started is ended in any case: Ctrl-C ends the programs of the row that runs, which fails for it.
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    interrupted = true;
  });

/** On one instance, in this order: what comes first meets the fewest sites. */
const onOneInstance: Readonly<Record<string, (bench: BenchHost) => Promise<Measured>>> = {
  'push of a change': (bench) => repushes(bench, rounds),
  'first push': async (bench) => ({ rows: await firstPushes(bench, rounds) }),
  'five instances': (bench) => fiveInstances(bench, rounds),
  'same tree': async (bench) => ({ rows: await sameTree(bench, rounds) }),
  'without a build': async (bench) => ({ rows: await withoutBuild(bench, rounds) }),
  'first line': async (bench) => ({ rows: await firstLine(bench, rounds) }),
  'many pushes': (bench) => manyPushes(bench),
  commands: async (bench) => ({ rows: await commands(bench, rounds) }),
};

const byThemselves: Readonly<Record<string, () => Promise<Growth>>> = {
  hooks: async () => ({ rows: await dispatch(rounds), charts: [] }),
  routes: async () => ({ rows: await routeChanges([1_000, 5_000], rounds), charts: [] }),
  'growth of sites': () => growthOfSites([1, 10, 100, 1_000], Math.min(rounds, 3)),
  'growth of releases': () => growthOfReleases([1, 10, 100], Math.min(rounds, 3)),
};

const chosen = <One>(all: Readonly<Record<string, One>>) =>
  Object.entries(all).filter(([name]) => name.includes(flags.only));

const rows: Row[] = [];
const notes: string[] = [];
const charts: Growth['charts'][number][] = [];
const failed: string[] = [];

/** A row that fails costs itself alone, and the exit code. Progress goes where the table does not. */
async function keep(name: string, measured: () => Promise<Measured & Partial<Growth>>): Promise<void> {
  if (interrupted) return;
  process.stderr.write(`${name}\n`);
  try {
    const more = await measured();
    rows.push(...more.rows);
    notes.push(...(more.notes ?? []));
    charts.push(...(more.charts ?? []));
  } catch (error) {
    failed.push(name);
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}

async function measureAll(): Promise<void> {
  const some = chosen(onOneInstance);
  if (some.length > 0) {
    const bench = await benchHost();
    try {
      for (const [name, measured] of some) await keep(name, () => measured(bench));
    } finally {
      await bench.dispose();
    }
  }
  for (const [name, measured] of chosen(byThemselves)) await keep(name, measured);
}

const stopEngine = await startEngine();
try {
  await measureAll();
  writeStdout(
    flags.json
      ? `${JSON.stringify({ rows }, undefined, 2)}\n`
      : `${[tableOf(rows), ...notes].join('\n\n')}\n`,
  );
  if (flags.charts !== undefined) {
    await mkdir(flags.charts, { recursive: true });
    for (const { name, ...chart } of charts)
      await writeFile(join(flags.charts, `${name}.svg`), chartOf(chart));
  }
} finally {
  await stopEngine();
}
if (interrupted) process.stderr.write('interrupted: the table has what was measured before\n');
if (failed.length > 0) process.stderr.write(`not measured: ${failed.join(', ')}\n`);
process.exitCode = interrupted || failed.length > 0 ? 1 : 0;
