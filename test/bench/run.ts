/** `npm run bench [-- --json]`: what octohost takes over its floor, measured in one run. Nothing here is a test. */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { baseImage, sshCommand } from '../../cli/dev/demo.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { freePort } from '../../cli/dev/free-port.ts';
import { bringDown, bringUp } from '../../cli/dev/instance.ts';
import type { Instance } from '../../cli/dev/instance-files.ts';
import { RawSequence } from './floor.ts';
import { hookCost, hookLine } from './hooks.ts';
import { measure, type Row, tableOf } from './measure.ts';
import { untilAnswers, writeSite } from './site.ts';

const run = promisify(execFile);
const octo = fileURLToPath(new URL('../../cli/bin/octo', import.meta.url));
const { values: flags } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(flags.rounds);
const say = (line: string) => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'octo-b-'));
  const instanceDir = join(dir, 'i');
  const dockerHost = process.env['DOCKER_HOST'];
  try {
    const signal = new AbortController().signal;
    const instance = await bringUp({ dir: instanceDir, signal, ...(dockerHost ? { dockerHost } : {}) }, say);
    await importBusyboxImage(await connectDocker(instance.dockerHost), baseImage);
    const rows = await measureAll(dir, instance);
    say('hooks');
    const hooks = await hookCost();
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ rows, hooks }, undefined, 2)}\n`
        : `${tableOf(rows)}\n\n${hookLine(hooks)}\n`,
    );
  } finally {
    await bringDown(instanceDir, () => {});
    await rm(dir, { recursive: true, force: true });
  }
}

async function measureAll(dir: string, instance: Instance): Promise<Row[]> {
  const raw = new RawSequence(join(dir, 'n'), instance.dockerHost, await freePort());
  await raw.start();
  try {
    const floor = async (round: number, what: string) => {
      const source = join(dir, `floor-${what}`);
      await writeSite(source, `floor ${what} ${round}`);
      return raw.deploy(source, `floor ${what} ${round}`);
    };
    const deploys = { unit: 's', goal: 1.5, rounds } as const;
    const rows: Row[] = [];
    say('deploy of a change');
    rows.push(
      await measure({
        ...deploys,
        name: 'deploy of a change, `octo deploy` start → new version answers',
        floor: (round) => floor(round, 'd'),
        value: (round) => deployFolder(dir, instance, round),
      }),
    );
    say('push of a change');
    rows.push(
      await measure({
        ...deploys,
        name: 'push of a change, `git push` start → new version answers',
        floor: (round) => floor(round, 'p'),
        value: (round) => pushChange(dir, instance, round),
      }),
    );
    say('a command');
    rows.push(
      await measure({
        name: '`octo sites`',
        unit: 'ms CPU',
        goal: 7,
        rounds: rounds * 2,
        floor: () => cpu([process.execPath, '-e', '0'], instance),
        value: () => cpu([octo, 'sites'], instance),
      }),
    );
    return rows;
  } finally {
    await raw.stop();
  }
}

async function deployFolder(dir: string, instance: Instance, round: number): Promise<number> {
  const source = join(dir, 'folder');
  const text = `deploy ${round}`;
  await writeSite(source, text);
  const began = performance.now();
  const done = started(octo, ['deploy', 'bench', source], { OCTOHOST_CONFIG: instance.configFile });
  return answered(instance, 'bench', text, began, done);
}

async function pushChange(dir: string, instance: Instance, round: number): Promise<number> {
  const repository = join(dir, 'repository');
  const text = `push ${round}`;
  await writeSite(repository, text);
  const git = (...words: string[]) =>
    run('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', ...words], { cwd: repository });
  if (round === 0) await git('init', '-q', '--initial-branch=main');
  await git('add', '.');
  await git('commit', '-qm', text);
  const url = instance.pushUrl.replace('{site}', 'pushed');
  const began = performance.now();
  const done = started('git', ['-C', repository, 'push', '-q', url, 'main'], {
    GIT_SSH_COMMAND: sshCommand(instance),
  });
  return answered(instance, 'pushed', text, began, done);
}

/** Seconds until the new version answers; the command itself must end well, too. */
async function answered(
  instance: Instance,
  site: string,
  text: string,
  began: number,
  done: Promise<void>,
): Promise<number> {
  const port = Number(new URL(instance.httpUrl).port);
  const answer = untilAnswers({ port, host: `${site}.${instance.domainSuffix}`, text });
  const seconds = answer.then(() => (performance.now() - began) / 1000);
  await Promise.all([seconds, done]);
  return seconds;
}

function started(program: string, words: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(program, words, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let problem = '';
  child.stderr.on('data', (data: Buffer) => {
    problem += data.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${program} ${words.join(' ')} ended with ${code}\n${problem}`)),
    );
  });
}

/** User and system CPU of a whole process, in milliseconds; bash's `time` knows it. */
async function cpu(words: readonly string[], instance: Instance): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
  const { stderr } = await run('bash', ['-c', script, 'bash', ...words], {
    env: { ...process.env, OCTOHOST_CONFIG: instance.configFile },
  });
  const [user = 0, system = 0] = stderr.trim().split(/\s+/).slice(-2).map(Number);
  return (user + system) * 1000;
}

await main();
