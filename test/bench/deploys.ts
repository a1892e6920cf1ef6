/** Rows of pushes and of changes that build nothing. */
import type { BenchHost, Pushed } from './bench-host.ts';
import { emptyConnection } from './connection.ts';
import { coresNote, cpuSeconds } from './cores.ts';
import { atMost, overFloor, timesFloor } from './goal.ts';
import { inTurn, measure, median, type Row, rowOf } from './measure.ts';
import type { OwnCpu } from './process-use.ts';
import { askSpent, type Spent } from './steps.ts';

/** A change of one line is pushed again and again. */
export async function repushes(bench: BenchHost, rounds: number): Promise<{ rows: Row[]; notes: string[] }> {
  const { floors, values } = await inTurn(
    rounds,
    (round) => bench.floor(`floor ${round}`),
    async (round) => {
      const one = await bench.push('pushed', `push ${round}`);
      return { ...one, spent: await askSpent(bench.host, 'pushed', one.answered * 1000) };
    },
  );
  await bench.octo('remove', 'pushed', '--yes');
  const of = (figure: (pushed: Pushed & { readonly spent: Spent }) => number) => values.map(figure);
  const part = (name: keyof OwnCpu) => `${median(of(({ ownCpuMs }) => ownCpuMs[name])).toFixed(0)} ms`;
  const spent = Object.keys(values[0]?.spent ?? {}).map(
    (what) => `${what} ${median(of((one) => one.spent[what] ?? Number.NaN)).toFixed(0)}`,
  );
  const connection = await emptyConnection(bench, rounds * 2);
  const notes = [
    `where the time of a push goes, medians in ms (before: ssh, git, Node.js): ${spent.join(', ')}.`,
    `an ssh connection by itself, median: ${connection.toFixed(0)} ms.`,
    `octohost itself in a push, medians: ${part('start')} until it is ready (Node.js, modules, configuration), ` +
      `${part('receive')} until the build may begin, ${part('register')} to register, ${part('finish')} after the routes.`,
  ];
  const rows = [
    rowOf(
      { name: 'push of a change, until the new version answers', unit: 's', goal: timesFloor(1.25) },
      of(({ answered }) => answered),
      floors,
    ),
    rowOf(
      { name: 'from the first answer until the push returns', unit: 's', goal: atMost(0.5) },
      of(({ answered, returned }) => returned - answered),
    ),
    rowOf(
      {
        name: 'octohost itself in that push: all but git, build, start, checks, reload',
        unit: 'ms CPU',
        goal: atMost(150),
      },
      of(({ ownCpuMs: { start, receive, register, finish } }) => start + receive + register + finish),
    ),
    rowOf(
      { name: 'memory of the process that receives it', unit: 'MB', goal: atMost(120) },
      of(({ memoryMb }) => memoryMb),
    ),
  ];
  return { rows, notes };
}

export async function firstPushes(bench: BenchHost, rounds: number): Promise<Row[]> {
  const { floors, values } = await inTurn(
    rounds,
    (round) => bench.floor(`floor first ${round}`),
    async (round) => {
      const site = `first-${round}`;
      const { answered } = await bench.push(site, `first ${round}`);
      await bench.octo('remove', site, '--yes');
      return answered;
    },
  );
  return [
    rowOf(
      { name: 'first push of a site, until it answers', unit: 's', goal: timesFloor(1.25) },
      values,
      floors,
    ),
  ];
}

export async function fiveInstances(
  bench: BenchHost,
  rounds: number,
): Promise<{ rows: Row[]; notes: string[] }> {
  await bench.push('five', 'five');
  await bench.octo('scale', 'five', '5');
  const costs: number[] = [];
  const row = await measure({
    name: 'push of a change of 5 instances, until it answers',
    unit: 's',
    goal: timesFloor(0.6),
    rounds,
    floor: (round) => bench.floor(`floor five ${round}`, 5),
    value: async (round) => {
      const before = cpuSeconds();
      const { answered } = await bench.push('five', `five ${round}`);
      costs.push(cpuSeconds() - before);
      return answered;
    },
  });
  await bench.octo('remove', 'five', '--yes');
  const { floors, values } = await inTurn(
    rounds,
    async () => 5 * (await bench.start(`floor five ${rounds}`)),
    () => bench.start(`floor five ${rounds}`, 5),
  );
  const notes = [
    coresNote('a push of five instances', { 'until it answers': median(costs) / row.value }),
    `docker run of five by itself: ${median(floors).toFixed(2)} s one after another, ${median(values).toFixed(2)} s at once.`,
  ];
  return { rows: [row], notes };
}

/** What serves already is committed once more. */
export async function sameTree(bench: BenchHost, rounds: number): Promise<Row[]> {
  await bench.push('same', 'same');
  const seconds: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const { returned } = await bench.push('same', 'same');
    if (round > 0) seconds.push(returned);
  }
  await bench.octo('remove', 'same', '--yes');
  return [rowOf({ name: 'push of the same tree, in all', unit: 's', goal: atMost(0.6) }, seconds)];
}

/** Changes that start a container and build nothing, beside the start of one container. */
export async function withoutBuild(bench: BenchHost, rounds: number): Promise<Row[]> {
  const text = (round: number) => `turn ${round % 2}`;
  await bench.floor('floor one');
  await bench.push('back', text(0));
  await bench.push('back', text(1));
  const floor = () => bench.start('floor one');
  const common = { unit: 's', goal: overFloor(0.5), rounds, floor } as const;
  const rollback = await measure({
    ...common,
    name: 'rollback, until it answers',
    value: (round) => bench.until('back', text(round), 'rollback', 'back', String((round % 2) + 1)),
  });
  const change = await measure({
    ...common,
    name: 'change of configuration, in all',
    value: (round) => bench.whole('config:set', 'back', `ROUND=${round}`),
  });
  const scale = await measure({
    ...common,
    name: 'one instance more, in all',
    value: (round) => bench.whole('scale', 'back', String(round + 2)),
  });
  await bench.octo('remove', 'back', '--yes');
  return [rollback, change, scale];
}
