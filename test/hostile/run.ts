/**
 * `npm run test:hostile [-- --only WORDS] [--runs N] [--pure]`: inputs that mean harm at every door, first those that can be
 * tried without a running part, then a real instance. All have to be refused or harmless.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { baseImage, importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { startDockerEngine, stopDockerEngine } from '../../cli/dev/docker-engine.ts';
import { messageOf } from '../../core/errors.ts';
import { assault, type Counts } from './door.ts';
import { doors } from './doors/index.ts';
import { assaults } from './real/assaults.ts';
import { type Bench, openBench } from './real/bench.ts';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '3000' },
    only: { type: 'string', default: '' },
    pure: { type: 'boolean', default: false },
  },
});
const say = (line: string) => void process.stdout.write(`${line}\n`);
const row = (name: string, { refused, harmless }: Counts) =>
  say(
    `${name.padEnd(40)}${[refused + harmless, refused, harmless].map((count) => String(count).padStart(10)).join('')}`,
  );
const heading = (title: string) =>
  say(`${title.padEnd(40)}${['INPUTS', 'REFUSED', 'HARMLESS'].map((word) => word.padStart(10)).join('')}`);

const problems: string[] = [];
let inputs = 0;

async function tryDoors(): Promise<void> {
  heading('DOOR');
  for (const door of doors.filter(({ name }) => name.includes(flags.only))) {
    try {
      const counts = await assault(door, Number(flags.runs));
      inputs += counts.refused + counts.harmless;
      row(door.name, counts);
    } catch (error) {
      problems.push(`${door.name}: ${messageOf(error)}`);
      say(`${door.name.padEnd(40)}    NOT OK`);
    }
  }
}

async function tryInstance(bench: Bench): Promise<void> {
  heading('DOOR OF A REAL INSTANCE');
  const chosen = assaults.filter(({ door, name }) => `${door} ${name}`.includes(flags.only));
  for (const [door, some] of Map.groupBy(chosen, (one) => one.door)) {
    const counts: Counts = { refused: 0, harmless: 0 };
    for (const { name, run } of some) {
      inputs++;
      try {
        counts[await run(bench)]++;
      } catch (error) {
        problems.push(`${door}: ${name}: ${messageOf(error)}`);
      }
      for (const wrong of await bench.wrongs()) problems.push(`${door}: ${name}: ${wrong}`);
    }
    row(door, counts);
  }
}

async function onEngine(): Promise<void> {
  const engineDir = await realpath(await mkdtemp(join(tmpdir(), 'octo-hostile-')));
  try {
    const { dockerHost } = await startDockerEngine({ dir: engineDir });
    await importBusyboxImage(await connectDocker(dockerHost), baseImage);
    const bench = await openBench(dockerHost);
    try {
      await tryInstance(bench);
    } finally {
      await bench.dispose();
    }
  } finally {
    await stopDockerEngine({ dir: engineDir });
    await rm(engineDir, { recursive: true, force: true });
  }
}

await tryDoors();
if (!flags.pure) await onEngine();
say('');
for (const problem of problems) say(`NOT OK  ${problem}`);
const failed = new Set(problems).size;
say(`${inputs} inputs: ${inputs - failed} refused or harmless`);
say(`${inputs - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = problems.length === 0 ? 0 : 1;
