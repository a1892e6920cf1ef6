/**
 * That no point is missing, as seen from outside: a proxy on the Docker Engine's socket and a trace of system calls write
 * down what a clean deploy changes, and every change has to lie within a named point.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { octoPath, type Ran, ran } from '../helpers/private-instance.ts';
import { type Harmless, uncovered } from './completeness.ts';
import { proxyDocker } from './docker-proxy.ts';
import { configuration, firstPush, type Kind, push, rollback, stop } from './kinds.ts';
import { faultLab } from './lab.ts';
import { changesIn, straceWords } from './system-calls.ts';

const dir = await mkdtemp(join(tmpdir(), 'octo-f-'));
const proxy = await proxyDocker(process.env['DOCKER_HOST'] ?? '', join(dir, 'docker.sock'));
const lab = await faultLab({ dockerHost: proxy.dockerHost });
afterAll(async () => {
  await lab.dispose();
  proxy.close();
  await rm(dir, { recursive: true, force: true });
});

const { configFile } = lab.host.instance;
const keyFile = join(lab.host.home, 'ssh', 'authorized_keys');
const traceFile = join(lab.host.home, 'trace');

const harmless: readonly Harmless[] = [
  { change: / \/(?:dev|proc)\//, reason: 'no file' },
  { change: /\/fault-[^/]+$/, reason: 'the notes of this test' },
  { change: /\/node_modules\/\.cache\//, reason: "the program's compiled code, the same in every deploy" },
  { change: /\/data\/deploys(?:\/|$)/, reason: 'what a deploy says, which stays whatever becomes of it' },
  { change: /\/data\/audit\.db(?:-journal)?$/, reason: 'what is told of a deploy, which only grows' },
  { change: /\/store\.sqlite-shm$/, reason: 'an index of the journal, made anew from it' },
  {
    change: /^openat .*\/store\.sqlite(?:-wal)?$/,
    reason: 'the store is opened: nothing is in a new journal',
  },
  { change: /^fchown .*\/store\.sqlite-wal$/, reason: 'a new journal has the owner of the store' },
];

/** Runs a program with its system calls written down. */
const traced = ['strace', ...straceWords, '-o', traceFile];

/** From now on everything that comes over ssh is traced. */
async function tracingDoor<Result>(work: () => Promise<Result>): Promise<Result> {
  const before = readFileSync(keyFile, 'utf8');
  writeFileSync(keyFile, before.replace('command="exec ', `command="exec ${traced.join(' ')} `));
  try {
    return await work();
  } finally {
    writeFileSync(keyFile, before);
  }
}

/** The same, for a command of this host. */
const tracingOcto: typeof lab = {
  ...lab,
  host: {
    ...lab.host,
    octo: (...words) =>
      ran('strace', [...traced.slice(1), octoPath, ...words], {
        env: { ...process.env, OCTOHOST_CONFIG: configFile },
      }),
  },
};

/** A tracer's output is that of the deploy: both end with what the deploy left running, which settling ends. */
async function settling(deploy: Promise<Ran>): Promise<Ran> {
  const over = new AbortController();
  void deploy.catch(() => {}).then(() => over.abort());
  while (!over.signal.aborted) {
    await lab.settle();
    await sleep(50);
  }
  return deploy;
}

describe('every change of a deploy is made at a named point', () => {
  it.each([
    { kind: push, run: (deploy: () => Promise<Ran>) => tracingDoor(deploy) },
    { kind: firstPush, run: (deploy: () => Promise<Ran>) => tracingDoor(deploy) },
    ...[configuration, rollback, stop].map((kind) => ({
      kind,
      run: (deploy: () => Promise<Ran>) => deploy(),
    })),
  ])('$kind.name', async ({ kind, run }: { kind: Kind; run(deploy: () => Promise<Ran>): Promise<Ran> }) => {
    const site = `outside-${kind.name.replaceAll(/[^a-z]+/g, '-')}`;
    const answer = await kind.prepare(lab, site);
    await lab.settle();
    await lab.passages();
    proxy.requests();
    rmSync(traceFile, { force: true });
    const done = await settling(run(() => kind.deploy(tracingOcto, site, kind.next(answer, 1))));
    expect(done, done.stderr).toMatchObject({ code: 0 });
    const passages = await lab.passages();
    const changes = changesIn(readFileSync(traceFile, 'utf8'));
    const requests = proxy.requests();
    // What would be seen if there were no points: else this test could not fail.
    expect(uncovered(changes, requests, [], harmless).length).toBeGreaterThan(20);
    expect(existsSync(traceFile) && requests.length).toBeGreaterThan(1);
    expect(uncovered(changes, requests, passages, harmless)).toEqual([]);
  });
});
