/** A fresh Debian that was booted, with systemd as its first process and nothing of octohost's. Needs root. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
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
    await run('cp', ['--archive', made, root]);
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
  await using begun = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'octo-debian-'));
  begun.defer(() => rm(dir, { recursive: true, force: true }));
  const [root, socket, name] = [join(dir, 'root'), join(dir, 'proxy.sock'), basename(dir)];
  await makeRoot(root);
  const proxy = ['http', 'https'].map((one) => `Acquire::${one}::Proxy "http://127.0.0.1:${proxyPort}";\n`);
  await writeFile(join(root, 'etc/apt/apt.conf.d/90proxy'), proxy.join(''));
  begun.defer(await startWebProxy(socket));
  begun.defer(() => removeControlGroups(name));
  const init = await boot(root, name, begun);
  const enter = ['nsenter', '--target', String(init)];
  const inside = (...words: string[]) => {
    const [program = '', ...all] = [...enter, '--all', '--root', '--wd', '--', 'env', 'HOME=/root', ...words];
    return ran(program, all);
  };
  await eventually('systemd to have booted', () => hasBooted(inside), bootSeconds);
  const passing = await startPassingOn(enter, socket);
  begun.defer(() => void passing.kill());
  const all = begun.move();
  return {
    root: `/proc/${init}/root`,
    dockerHost: `unix:///proc/${init}/root/run/docker.sock`,
    run: inside,
    beside(words, options) {
      const [program = '', ...more] = [...enter, '--net', '--', ...words];
      return ran(program, more, options);
    },
    dispose: () => all.disposeAsync(),
  };
}

/** The process id of systemd. All others of its namespace end with it. */
async function boot(root: string, name: string, begun: AsyncDisposableStack): Promise<number> {
  const booted = spawn('sh', [here('boot.sh'), root, name], { stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => booted.once('exit', resolve));
  begun.defer(async () => {
    const [child] = await childrenOf(booted.pid ?? 0);
    if (child !== undefined) process.kill(child, 'SIGKILL');
    booted.kill('SIGKILL');
    await ended;
  });
  return eventually('the first process of the machine', () => systemdBelow(booted.pid ?? 0), bootSeconds);
}

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** unshare's only child, as soon as it is systemd. */
async function systemdBelow(pid: number): Promise<number | undefined> {
  const [child = 0] = await childrenOf(pid);
  const title = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
  return title.startsWith('/sbin/init') ? child : undefined;
}

async function hasBooted(inside: (...words: string[]) => Promise<Ran>): Promise<boolean> {
  const { stdout } = await inside('systemctl', 'is-system-running');
  return ['running', 'degraded'].includes(stdout.trim());
}

async function startPassingOn(enter: readonly string[], socket: string): Promise<ChildProcess> {
  const words = [...enter.slice(1), '--net', '--', process.execPath, here('web-proxy.ts'), socket];
  const child = spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'inherit'] });
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
