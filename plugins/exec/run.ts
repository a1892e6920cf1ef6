/** Runs one executable: no shell, an environment of its own, a process group that ends as a whole. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { messageOf } from 'octohost';
import { errors } from './errors.ts';

export interface Run {
  readonly file: string;
  /** What it reads on standard input. */
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted: the whole process group is killed. */
  readonly signal: AbortSignal;
  /** A line of standard error, and of standard output unless `stdout` takes it. */
  output(line: string): void;
  /** A piece of standard output. */
  readonly stdout?: (piece: string) => void;
}

const keptLines = 20;

/**
 * Resolves when it ended with exit code 0; what it left running ends with it.
 * @throws E_EXEC_START, E_EXEC_REFUSED, or the signal's reason
 */
export async function runExecutable(run: Run): Promise<void> {
  run.signal.throwIfAborted();
  const child = spawn(run.file, [], { cwd: '/', env: run.environment, detached: true, stdio: 'pipe' });
  const kill = () => killGroup(child.pid);
  run.signal.addEventListener('abort', kill, { once: true });
  const lines: string[] = [];
  const say = (line: string) => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    run.output(line);
  };
  // One that reads nothing closes its end before all is written.
  child.stdin.on('error', () => {});
  child.stdin.end(run.input);
  child.once('exit', kill);
  const told = [
    eachLine(child.stderr, say),
    run.stdout ? eachPiece(child.stdout, run.stdout) : eachLine(child.stdout, say),
  ];
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    await Promise.all(told);
    run.signal.throwIfAborted();
    if (code !== 0)
      throw errors.E_EXEC_REFUSED({
        file: run.file,
        end: signal === null ? `exit code ${code}` : signal,
        lines,
      });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall?.startsWith('spawn') !== true) throw cause;
    throw errors.E_EXEC_START({ file: run.file, words: messageOf(cause) }, { cause });
  } finally {
    run.signal.removeEventListener('abort', kill);
  }
}

/** A group that has ended already is no error. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function eachLine(stream: Readable, tell: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) tell(line);
}

async function eachPiece(stream: Readable, tell: (piece: string) => void): Promise<void> {
  stream.setEncoding('utf8');
  for await (const piece of stream) tell(piece as string);
}
