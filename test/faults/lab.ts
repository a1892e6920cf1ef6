/** A private instance in which faults can be armed, and what a round needs of it. */
import { existsSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../../cli/dev/wait.ts';
import { mendRepositories } from '../../cli/door/mend.ts';
import { openFromFile } from '../../cli/open-engine.ts';
import { silent } from '../../cli/render/quiet.ts';
import { messageOf } from '../../core/index.ts';
import { type PrivateInstance, privateInstance } from '../helpers/private-instance.ts';
import type { Found } from './facts.ts';
import { arm, type Fault, faultFiles, type Passage } from './fault.ts';
import { openObserver } from './world.ts';

/** What `octo converge` said. */
export interface Converged {
  readonly actions: readonly { readonly site: string; readonly did: string }[];
  readonly problems: readonly { readonly site: string; readonly error: { readonly message: string } }[];
}

export interface FaultLab {
  readonly host: PrivateInstance;
  /** From here on the first process that comes there takes it. */
  arm(fault: Fault): void;
  /** Resolves when a process has come to where it is held. */
  held(): Promise<void>;
  /** Lets it go on. */
  release(): void;
  /** Whether some process took the armed fault; it is disarmed in any case. */
  disarm(): Promise<boolean>;
  /** What was passed since the last call. */
  passages(): Promise<Passage[]>;
  /** Waits until no process works on the instance any more: not octo, nor a git that it started. */
  settle(): Promise<void>;
  /** `octo converge`. */
  converge(): Promise<Converged>;
  /** The same by this process, which is quicker. */
  convergeHere(): Promise<Converged>;
  look(...sites: string[]): Promise<Found>;
  dispose(): Promise<void>;
}

/** A busy machine is no defect. */
const settleMs = 240_000;

export interface LabOptions {
  /** The engine that the instance uses; that of DOCKER_HOST where left out. */
  readonly dockerHost?: string;
  /** The configuration file; one with points, where left out. */
  readonly config?: string;
  /** The folder of the instance, which must not exist yet. */
  readonly dir?: string;
}

export const faultyConfig = fileURLToPath(new URL('faulty.config.ts', import.meta.url));

export async function faultLab({ config = faultyConfig, ...options }: LabOptions = {}): Promise<FaultLab> {
  const host = await privateInstance({ config, ...options });
  const observer = await openObserver(host);
  const engine = await openFromFile(host.instance.configFile);
  const dir = host.home;
  const files = faultFiles(dir);
  return {
    host,
    arm: (fault) => arm(dir, fault),
    async held() {
      if (!(await waitUntil(() => existsSync(files.fired), { timeoutMs: settleMs })))
        throw new Error('nobody came to where it was to be held');
    },
    release: () => writeFileSync(files.released, ''),
    async disarm() {
      const fired = existsSync(files.fired);
      for (const file of [files.armed, files.fired, files.released]) await rm(file, { force: true });
      return fired;
    },
    async passages() {
      const text = await readFile(files.passages, 'utf8').catch(() => '');
      await rm(files.passages, { force: true });
      return passagesOf(text);
    },
    async settle() {
      let idleBefore = false;
      const atRest = async () => {
        const working = await workingOn(dir);
        const watchers = working.filter(({ line }) => line.includes(' retire:finish '));
        // A tracer ends with the last process that it traces.
        const watching = working.every((one) => watchers.includes(one) || one.line.startsWith('strace '));
        const idle = watching && (await observer.isIdle());
        if (idle && idleBefore) for (const { pid } of watchers) endWatching(pid);
        idleBefore = idle;
        return working.length === 0;
      };
      if (!(await waitUntil(atRest, { timeoutMs: settleMs, everyMs: 100 })))
        throw new Error(`still at work: ${(await workingOn(dir)).map(({ line }) => line).join('\n')}`);
    },
    async converge() {
      const { code, stdout, stderr } = await host.octo('converge', '--json');
      if (stdout === '') throw new Error(`octo converge ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as Converged;
    },
    async convergeHere() {
      const operation = { actor: 'a test', signal: new AbortController().signal, reporter: silent };
      const found = [await engine.converge(undefined, operation), await mendRepositories(engine, operation)];
      const problems = found.flatMap((one) => one.problems);
      return {
        actions: found.flatMap(({ actions }) => actions),
        problems: problems.map(({ site, error }) => ({ site, error: { message: messageOf(error) } })),
      };
    },
    look: (...sites) => observer.look(sites),
    async dispose() {
      await observer.close();
      await engine.close();
      await host.dispose();
    },
  };
}

/** Each passage is noted twice, when it begins and when it ends; the last counts. Pure. */
export function passagesOf(text: string): Passage[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const passages = lines.map((line) => JSON.parse(line) as Passage);
  return [...new Map(passages.map((one) => [`${one.pid} ${one.name}`, one])).values()];
}

interface Working {
  readonly pid: number;
  readonly line: string;
}

/** Processes that name the instance's folder; what serves is no work. */
async function workingOn(dir: string): Promise<Working[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), line: line.replaceAll('\0', ' ').trim() };
    }),
  );
  const serves = /^nginx: (?:master|worker) process|^\S*sshd\b|^sshd:/;
  return found.filter(({ line }) => line.includes(`${dir}/`) && !serves.test(line));
}

/** One that has ended what is old looks for half a minute whether the new stays; no round waits for that. */
function endWatching(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}
