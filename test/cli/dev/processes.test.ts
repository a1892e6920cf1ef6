import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endProcess, isRunning, recordProcess } from '../../../cli/dev/processes.ts';

let dir: string;
let file: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octohost-processes-'));
  file = join(dir, 'process.json');
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await rm(dir, { recursive: true });
});

/** A process of ours; it says "ready" when its traps are set. */
async function start(script: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn('sh', ['-c', `${script}; echo ready; while :; do sleep 0.05; done`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(child);
  if (child.stdout) await once(child.stdout, 'data');
  return child as ChildProcess & { pid: number };
}

describe('a recorded process', () => {
  it('is recorded with its pid and start time, and known to run', async () => {
    const { pid } = await start(':');
    expect(await recordProcess(file, pid)).toBe(true);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ pid, startTime: expect.any(Number) });
    expect(await isRunning(file)).toBe(true);
  });

  it('is ended with SIGTERM, and its file removed', async () => {
    const child = await start(':');
    await recordProcess(file, child.pid);
    await endProcess(file, { graceMs: 5_000 });
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGTERM');
    expect(existsSync(file)).toBe(false);
  });

  it('is killed when it ignores SIGTERM for longer than the grace', async () => {
    const child = await start("trap '' TERM");
    await recordProcess(file, child.pid);
    await endProcess(file, { graceMs: 100 });
    expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
    expect(await isRunning(file)).toBe(false);
  });

  it('leaves no record when it has ended before', async () => {
    const child = await start(':');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await recordProcess(file, child.pid)).toBe(false);
    expect(existsSync(file)).toBe(false);
  });
});

describe('a record that names no process of ours', () => {
  it('spares the process that has the same pid but another start time', async () => {
    const child = await start(':');
    await recordProcess(file, child.pid);
    const record = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...record, startTime: record.startTime - 1 }));
    expect(await isRunning(file)).toBe(false);
    await endProcess(file, { graceMs: 0 });
    expect(existsSync(file)).toBe(false);
    expect(process.kill(child.pid, 0)).toBe(true);
  });

  it.each([
    { what: 'text that is not JSON', text: '12' },
    { what: 'a process group', text: '{"pid":-1,"startTime":1}' },
    { what: 'init', text: '{"pid":1,"startTime":1}' },
    { what: 'a pid without a start time', text: '{"pid":4242}' },
  ])('is taken for none when it holds $what', async ({ text }) => {
    await writeFile(file, text);
    expect(await isRunning(file)).toBe(false);
    await endProcess(file, { graceMs: 0 });
    expect(existsSync(file)).toBe(false);
  });

  it('may be missing', async () => {
    expect(await isRunning(file)).toBe(false);
    await expect(endProcess(file, { graceMs: 0 })).resolves.toBeUndefined();
  });
});
