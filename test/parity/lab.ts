/**
 * The original octohost had 17 bugs that its users met. Each has tests here that are named after it, on real
 * components; test/parity-bugs.test.ts asks that none is missing.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type Inspection, inspect } from '../helpers/inspection.ts';
import { nginxText } from '../helpers/nginx-text.ts';
import { done, type PrivateInstance, privateInstance, type Ran } from '../helpers/private-instance.ts';

export type Files = Record<string, string | null>;

export interface ParityLab {
  readonly host: PrivateInstance;
  readonly seen: Inspection;
  /** What a push that has to go well says. */
  push(site: string, files: Files, refspec?: string): Promise<string>;
  /** What a command that has to go well says on stdout. */
  octo(...words: string[]): Promise<string>;
  body(site: string, path?: string): Promise<string>;
  /** nginx's configuration with its table of instances, as they are on disk. */
  nginxConf(): Promise<string>;
}

/** Registers a private instance for the file that calls it. */
export function parityLab(open: () => Promise<PrivateInstance> = privateInstance): ParityLab {
  let host: PrivateInstance;
  let seen: Inspection;
  beforeAll(async () => {
    host = await open();
    seen = await inspect(host);
  });
  afterAll(() => host?.dispose());
  return {
    get host() {
      return host;
    },
    get seen() {
      return seen;
    },
    push: async (site, files, refspec) => (await done(host.push(site, files, refspec))).stderr,
    octo: async (...words) => (await done(host.octo(...words))).stdout,
    body: async (site, path) => (await host.get(site, path)).body,
    nginxConf: () => nginxText(join(host.dir, 'i')),
  };
}

/** What has to be refused; returns what was said. */
export async function refused(work: Promise<Ran>): Promise<string> {
  const { code, stdout, stderr } = await work;
  expect(code, stdout + stderr).not.toBe(0);
  return stdout + stderr;
}

/** SIGKILL for what the sshd of this instance runs for its pushes; at least one has to be there. */
export async function killPushes({ instance }: PrivateInstance): Promise<void> {
  const killed: string[] = [];
  for (const pid of await readdir('/proc')) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!words.includes('door:serve') || !words.split('\0').includes(instance.configFile)) continue;
    process.kill(Number(pid), 'SIGKILL');
    killed.push(pid);
  }
  expect(killed).not.toEqual([]);
}

export interface Prober {
  /** How often each answer came so far. */
  readonly answers: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Asks a site again and again, each time on a new connection. An answer is its status and its body. */
export function probe(ask: () => Promise<{ status: number; body: string }>): Prober {
  const answers = new Map<string, number>();
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      const { status, body } = await ask();
      const answer = `${status} ${body.trim()}`;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  })();
  return {
    answers,
    async stop() {
      over.abort();
      await asking;
    },
  };
}
