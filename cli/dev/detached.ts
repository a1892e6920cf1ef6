/** Starting programs that go on when we end. */
import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { recordProcess } from './processes.ts';
import { findProgram, programPath } from './programs.ts';

/** A program that was started and left running. */
export interface Detached {
  /** True once it has ended. */
  ended(): boolean;
  /** The last lines it wrote since this start, oldest first. */
  lastLines(): Promise<string[]>;
}

/** What these programs see of our environment; all else, secrets among it, stays with us. */
const passedOn = [
  'HOME',
  'LANG',
  'TMPDIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];

/**
 * Starts a program in a session of its own, its output appended to `logFile`, and records it in `recordFile`
 * (see processes.ts).
 * @throws E_PROGRAM_MISSING
 */
export async function startDetached(start: {
  program: string;
  args: readonly string[];
  logFile: string;
  recordFile: string;
}): Promise<Detached> {
  const file = await findProgram(start.program);
  const log = await open(start.logFile, 'a', 0o600);
  try {
    const { size: begin } = await log.stat();
    const child = spawn(file, [...start.args], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { ...inherited(), PATH: programPath() },
    });
    let ended = false;
    child.once('exit', () => {
      ended = true;
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    if (child.pid === undefined || !(await recordProcess(start.recordFile, child.pid))) ended = true;
    return { ended: () => ended, lastLines: () => linesAfter(start.logFile, begin) };
  } finally {
    await log.close();
  }
}

function inherited(): Record<string, string> {
  const entries = passedOn.map((key) => [key, process.env[key]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function linesAfter(file: string, begin: number): Promise<string[]> {
  const bytes = await readFile(file);
  return bytes
    .subarray(begin)
    .toString('utf8')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-15);
}
