/** Rows of single processes: what a command costs, and how soon a pusher hears from octohost. */
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { committer, octoPath, writeFiles } from '../helpers/private-instance.ts';
import type { BenchHost } from './bench-host.ts';
import { type Goal, timesFloor } from './goal.ts';
import { measure, type Row } from './measure.ts';
import { siteFiles } from './site.ts';

const run = promisify(execFile);

const sites = 10;

/** Beside an empty Node process, on an instance without other sites. */
export async function commands(bench: BenchHost, rounds: number): Promise<Row[]> {
  for (let index = 0; index < sites; index++) await bench.push(`site-${index}`, `site ${index}`);
  await bench.octo('config:set', 'site-0', 'NAME=value', '--no-apply');
  const row = (name: string, goal: Goal, ...words: string[]) =>
    measure({
      name,
      unit: 'ms CPU',
      goal,
      rounds: rounds * 2,
      floor: () => cpu([process.execPath, '-e', '0'], bench),
      value: () => cpu([octoPath, ...words], bench),
    });
  return [
    await row('`octo config:get`', timesFloor(6), 'config:get', 'site-0/NAME'),
    await row(`\`octo status\`, ${sites} sites`, timesFloor(7), 'status'),
  ];
}

/** User and system CPU of a whole process, in milliseconds; bash's `time` knows it. */
export async function cpu(words: readonly string[], { host }: BenchHost): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
  const { stderr } = await run('bash', ['-c', script, 'bash', ...words], {
    env: { ...process.env, OCTOHOST_CONFIG: host.instance.configFile },
  });
  const [user = 0, system = 0] = stderr.trim().split(/\s+/).slice(-2).map(Number);
  return (user + system) * 1000;
}

/**
 * From the start of the process that receives a push until its first line reaches the pusher, git's own time taken off: the
 * same push goes to a plain repository whose hook says one line. git starts both itself; there is no ssh in between.
 */
export async function firstLine(bench: BenchHost, rounds: number): Promise<Row[]> {
  const lab = await firstLineLab(bench);
  const row = await measure({
    name: 'from a push until its first line, git taken off',
    unit: 'ms',
    goal: timesFloor(3),
    rounds: rounds * 2,
    floor: () => wall([process.execPath, '-e', '0']),
    value: async (round) => (await lab.octohost(round)) - (await lab.plain(round)),
  });
  await bench.octo('remove', 'first-line', '--yes');
  return [row];
}

interface FirstLineLab {
  octohost(round: number): Promise<number>;
  plain(round: number): Promise<number>;
}

async function firstLineLab({ host }: BenchHost): Promise<FirstLineLab> {
  const dir = join(host.dir, 'first-line');
  const [work, bare] = [join(dir, 'work'), join(dir, 'plain.git')];
  await mkdir(dir, { recursive: true });
  await run('git', ['init', '-q', '--bare', bare]);
  const hook = join(bare, 'hooks', 'pre-receive');
  await writeFile(hook, '#!/bin/sh\necho received\n');
  await chmod(hook, 0o755);
  // In the place of ssh: the last argument is what git asks the other side to run.
  const door = [octoPath, 'door:serve', '--config', host.instance.configFile, '--key', 'dev'];
  const asOctohost = await writeScript(join(dir, 'as-octohost'), [
    'for asked; do :; done',
    `SSH_ORIGINAL_COMMAND="$asked" exec ${door.map((word) => `'${word}'`).join(' ')}`,
  ]);
  const asPlain = await writeScript(join(dir, 'as-plain'), ['for asked; do :; done', 'exec sh -c "$asked"']);
  await run('git', ['init', '-q', '--initial-branch=main', work]);
  const change = async (text: string) => {
    await writeFiles(work, siteFiles(text));
    await run('git', ['-C', work, 'add', '-A']);
    await run('git', ['-C', work, 'commit', '-q', '-m', text], { env: { ...process.env, ...committer } });
  };
  return {
    async octohost(round) {
      await change(`line ${round}`);
      return untilFirstLine(work, 'bench@localhost:first-line.git', asOctohost);
    },
    plain: () => untilFirstLine(work, `bench@localhost:${bare}`, asPlain),
  };
}

async function writeScript(file: string, lines: readonly string[]): Promise<string> {
  await writeFile(file, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(file, 0o755);
  return file;
}

/** Milliseconds until the other side's first line; the push goes on to its end, which has to be good. */
function untilFirstLine(work: string, url: string, ssh: string): Promise<number> {
  const began = performance.now();
  const child = spawn('git', ['-C', work, 'push', url, 'main'], {
    env: { ...process.env, GIT_SSH: ssh, GIT_SSH_VARIANT: 'ssh' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let first: number | undefined;
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
    if (said.includes('remote: ')) first ??= performance.now() - began;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 && first !== undefined ? resolve(first) : reject(new Error(`git push: ${code}\n${said}`)),
    );
  });
}

async function wall([program = '', ...words]: readonly string[]): Promise<number> {
  const began = performance.now();
  await run(program, words);
  return performance.now() - began;
}
