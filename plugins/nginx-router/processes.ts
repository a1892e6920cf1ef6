/**
 * nginx's processes, as /proc shows them to every user. A pid alone proves nothing: what is signalled has been
 * seen to be the nginx of our prefix.
 */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NginxLayout } from './layout.ts';
import { answeringWorker } from './status.ts';

const masterTitle = 'nginx: master process ';
const workerTitle = 'nginx: worker process';
const shortPollMs = 5;
const orphanPatienceMs = 5000;

/** The living master of this prefix: by its pid file, and where that is gone by the worker that answers. */
export async function findMaster(layout: NginxLayout): Promise<number | undefined> {
  const written = Number(await readFile(layout.pidFile, 'utf8').catch(() => ''));
  if (await isMaster(layout, written)) return written;
  const worker = await answeringWorker(layout);
  const parent = worker === undefined ? 0 : await parentOf(worker);
  return (await isMaster(layout, parent)) ? parent : undefined;
}

/** A master that was just started takes its title only after its program has put itself in the background. */
export async function awaitMaster(layout: NginxLayout, seconds: number): Promise<number | undefined> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const master = await findMaster(layout);
    if (master !== undefined || Date.now() > until) return master;
    await sleep(shortPollMs);
  }
}

export async function isMaster(layout: NginxLayout, pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  return isMasterTitle(await titleOf(pid), layout);
}

/** True for `nginx: master process nginx … -p <prefix> …` or `… -c <conf> …`. Pure. */
export function isMasterTitle(title: string, layout: NginxLayout): boolean {
  if (!title.startsWith(masterTitle)) return false;
  const words = title.slice(masterTitle.length).split(' ');
  const after = (flag: string) => words[words.indexOf(flag) + 1]?.replace(/(.)\/$/, '$1');
  const has = (flag: string, value: string) => words.includes(flag) && after(flag) === value;
  return has('-p', layout.prefix) || has('-c', layout.conf);
}

/**
 * Workers of a master: those included that only finish what they began, and those that were forked a moment ago
 * and still have the master's title.
 */
export async function workersOf(master: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(parentOf));
  const children = pids.filter((_, index) => parents[index] === master);
  const titles = await Promise.all(children.map(titleOf));
  return children.filter((_, index) => isWorkerTitle(titles[index] ?? ''));
}

/** True where a process that was a worker takes no new connections: it is gone, or shutting down. */
export async function acceptsNoMore(worker: number): Promise<boolean> {
  const title = await titleOf(worker);
  return !isWorkerTitle(title) || isShuttingDown(title);
}

/** Workers of a master that finish what they began. */
export async function drainingWorkers(master: number): Promise<number[]> {
  const workers = await workersOf(master);
  const titles = await Promise.all(workers.map(titleOf));
  return workers.filter((_, index) => isShuttingDown(titles[index] ?? ''));
}

/**
 * Workers outlive a master that was killed: they serve on, and hold the port. Each that answers on the status
 * socket is asked to finish what it began, so that a new master can listen. To be called where no master lives.
 */
export async function retireOrphans(layout: NginxLayout): Promise<void> {
  const until = Date.now() + orphanPatienceMs;
  for (;;) {
    const worker = await answeringWorker(layout);
    if (worker === undefined || Date.now() > until) return;
    if ((await titleOf(worker)) === workerTitle) signal(worker, 'SIGQUIT');
    await sleep(shortPollMs);
  }
}

/** Ends a master and waits until it is gone. */
export async function endMaster(layout: NginxLayout, master: number): Promise<void> {
  signal(master, 'SIGTERM');
  while (await isMaster(layout, master)) await sleep(shortPollMs);
}

/** False where the process is gone. Throws where it may not be signalled. */
export function signal(pid: number, name: 'SIGHUP' | 'SIGQUIT' | 'SIGTERM'): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function isWorkerTitle(title: string): boolean {
  return title.startsWith(workerTitle) || title.startsWith(masterTitle);
}

function isShuttingDown(title: string): boolean {
  return title.startsWith(workerTitle) && title.endsWith('is shutting down');
}

/** Empty where there is no such process, or it has ended and waits for its parent. */
async function titleOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}

/** 0 where there is no such process. The program's name in parentheses may itself contain any character. */
async function parentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}
