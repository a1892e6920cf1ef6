/** A fresh Debian that was booted, with systemd as its first process and nothing of octohost's. Needs root. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from '../contracts/fixture.ts';
import { type Ran, type RanOptions, ran } from '../helpers/private-instance.ts';
import { proxyPort, startWebProxy } from './web-proxy.ts';

const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const bootSeconds = 120;
const controlGroups = '/sys/fs/cgroup';

export interface DebianMachine {
  /** Its files. */
  readonly root: string;
  /** Of its Docker Engine, once it has one. */
  readonly dockerHost: string;
  /** Runs a program of the machine as root. */
  run(...words: string[]): Promise<Ran>;
  /** Runs a program of this host in the machine's network: what a laptop beside it would do. */
  beside(words: readonly string[], options?: RanOptions): Promise<Ran>;
  dispose(): Promise<void>;
}

/** The release that this host has; OCTO_TEST_DEBIAN names the folder of one that was made before. */
async function makeRoot(root: string): Promise<void> {
  const made = process.env['OCTO_TEST_DEBIAN'];
  if (made !== undefined) {
    await cp(made, root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    return;
  }
  const [suite = '', mirror = ''] = await sourceOfHost();
  await run('debootstrap', ['--variant=minbase', '--include=systemd-sysv,dbus', suite, root, mirror], {
    maxBuffer: 64 * 1024 * 1024,
  });
}

async function sourceOfHost(): Promise<string[]> {
  const words = [
    'indextargets',
    '--format',
    '$(CODENAME) $(REPO_URI)',
    'Identifier: Packages',
    'Origin: Debian',
  ];
  const { stdout } = await run('apt-get', words);
  return stdout.split('\n')[0]?.split(' ') ?? [];
}

export async function debianMachine(): Promise<DebianMachine> {
  const dir = await mkdtemp(join(tmpdir(), 'octo-debian-'));
  const root = join(dir, 'root');
  await makeRoot(root);
  await writeFile(
    join(root, 'etc/apt/apt.conf.d/90proxy'),
    `Acquire::http::Proxy "http://127.0.0.1:${proxyPort}";\nAcquire::https::Proxy "http://127.0.0.1:${proxyPort}";\n`,
  );
  const name = basename(dir);
  const stopProxy = await startWebProxy(join(dir, 'proxy.sock'));
  const booted = spawn('sh', [here('boot.sh'), root, name], { stdio: 'ignore', detached: true });
  const init = await eventually(
    'the first process of the machine',
    () => firstChild(booted.pid ?? 0),
    bootSeconds,
  );
  const enter = ['nsenter', '--target', String(init)];
  const inside = (...words: string[]) => {
    const [program = '', ...all] = [...enter, '--all', '--root', '--wd', '--', 'env', 'HOME=/root', ...words];
    return ran(program, all);
  };
  await eventually('systemd to have booted', () => hasBooted(inside), bootSeconds);
  const passOn = await startPassingOn(enter, join(dir, 'proxy.sock'));
  return {
    root: `/proc/${init}/root`,
    dockerHost: `unix:///proc/${init}/root/run/docker.sock`,
    run: inside,
    beside(words, options) {
      const [program = '', ...all] = [...enter, '--net', '--', ...words];
      return ran(program, all, options);
    },
    async dispose() {
      passOn.kill();
      stopProxy();
      // All others of its namespace end with it.
      process.kill(init, 'SIGKILL');
      await eventually(
        'the machine to end',
        async () => booted.exitCode !== null || booted.signalCode !== null,
      );
      await removeControlGroups(name);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** unshare's only child is the machine's first process, as soon as it is systemd. */
async function firstChild(pid: number): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const child = Number(children.trim());
  if (child === 0) return undefined;
  const title = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
  return title.startsWith('/sbin/init') ? child : undefined;
}

async function hasBooted(inside: (...words: string[]) => Promise<Ran>): Promise<boolean> {
  const { stdout } = await inside('systemctl', 'is-system-running');
  return ['running', 'degraded'].includes(stdout.trim());
}

async function startPassingOn(enter: readonly string[], socket: string): Promise<ChildProcess> {
  const [program = '', ...words] = [...enter, '--net', '--', process.execPath, here('web-proxy.ts'), socket];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}

async function removeControlGroups(name: string): Promise<void> {
  const hierarchies = [
    controlGroups,
    ...(await readdir(controlGroups)).map((one) => join(controlGroups, one)),
  ];
  for (const hierarchy of hierarchies) {
    const top = join(hierarchy, name);
    const below = await readdir(top, { recursive: true, withFileTypes: true }).catch(() => []);
    const folders = below.filter((one) => one.isDirectory()).map((one) => join(one.parentPath, one.name));
    // The deepest first.
    for (const folder of [top, ...folders].toSorted((a, b) => b.length - a.length))
      await eventually('a control group to be empty', () => gone(folder));
  }
}

function gone(folder: string): Promise<boolean> {
  return rmdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}
