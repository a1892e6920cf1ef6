/** Processes that we started and left running, each recorded in a file, so that only they are ever ended. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isAlive, type ProcessStat, parseProcessStat } from './process-stat.ts';
import { errors } from './program-errors.ts';
import { waitUntil } from './wait.ts';

/** What a record file holds, as JSON. */
export interface ProcessRecord {
  pid: number;
  /** See ProcessStat: a process that got the same pid later has another one. */
  startTime: number;
}

const killMs = 10_000;

/**
 * Writes the record of a running process.
 * @returns false if the process has ended already; then there is no record
 */
export async function recordProcess(file: string, pid: number): Promise<boolean> {
  const stat = await statOf(pid);
  if (!isAlive(stat)) {
    await rm(file, { force: true });
    return false;
  }
  const record: ProcessRecord = { pid, startTime: stat.startTime };
  await writeFile(`${file}.new`, `${JSON.stringify(record)}\n`);
  await rename(`${file}.new`, file);
  return true;
}

/** True if the process of this record still runs. A missing or damaged file, and a recycled pid, are false. */
export async function isRunning(file: string): Promise<boolean> {
  const record = await readRecord(file);
  return record !== undefined && (await stillRuns(record));
}

/**
 * Ends the process of a record: SIGTERM, and SIGKILL if it is still there after `graceMs` milliseconds.
 * When this returns the process is gone and so is the file.
 * @throws E_PROCESS_STAYS if even SIGKILL does not end it
 */
export async function endProcess(file: string, { graceMs }: { graceMs: number }): Promise<void> {
  const record = await readRecord(file);
  if (record) await endRecorded(record, { graceMs });
  await rm(file, { force: true });
}

/** Like endProcess, for a process whose pid and start time come from elsewhere. */
export async function endRecorded(record: ProcessRecord, { graceMs }: { graceMs: number }): Promise<void> {
  const gone = async () => !(await stillRuns(record));
  if (await gone()) return;
  if (graceMs > 0) {
    signalProcess(record.pid, 'SIGTERM');
    if (await waitUntil(gone, { timeoutMs: graceMs })) return;
  }
  signalProcess(record.pid, 'SIGKILL');
  if (!(await waitUntil(gone, { timeoutMs: killMs }))) throw errors.E_PROCESS_STAYS({ pid: record.pid });
}

/** The record of a running process; undefined if there is none with this pid. */
export async function recordOf(pid: number): Promise<ProcessRecord | undefined> {
  const stat = await statOf(pid);
  return isAlive(stat) ? { pid, startTime: stat.startTime } : undefined;
}

async function stillRuns(record: ProcessRecord): Promise<boolean> {
  const stat = await statOf(record.pid);
  return isAlive(stat) && stat.startTime === record.startTime;
}

async function statOf(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return parseProcessStat(text);
}

async function readRecord(file: string): Promise<ProcessRecord | undefined> {
  try {
    const { pid, startTime } = JSON.parse(await readFile(file, 'utf8'));
    // Pids 0 and below would address whole groups of processes, 1 is init.
    const valid = Number.isSafeInteger(pid) && pid > 1 && Number.isSafeInteger(startTime);
    return valid ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}

/** A process that ended between the look and the signal is what was wanted. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
