/** What somebody who is at a process in memory types and sees. */
import { Buffer } from 'node:buffer';
import { errors, type Streams } from '../../core/index.ts';
import { end, type Process } from './memory-machine.ts';

/**
 * Passes on until the process has ended; returns its exit code.
 * @throws E_ABORTED once the signal has aborted, when `stop` has ended it
 */
export async function attend(
  process: Process,
  { stdin, stdout, stderr }: Streams,
  stop: () => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  if (process.behaviour.kind === 'echoes') void echo(process, stdin, stdout);
  const stopWhenAborted = () => void stop();
  signal.addEventListener('abort', stopWhenAborted, { once: true });
  if (signal.aborted) stopWhenAborted();
  const over = new AbortController();
  const changes = process.changes.watch(() => true, over.signal)[Symbol.asyncIterator]();
  for (let next = 0; ; await changes.next()) {
    for (; next < process.lines.length; next += 1) {
      const line = process.lines[next];
      if (line) (line.stream === 'stderr' ? stderr : stdout).write(`${line.text}\n`);
    }
    if (!process.state.running) break;
  }
  signal.removeEventListener('abort', stopWhenAborted);
  over.abort();
  if (signal.aborted) throw errors.E_ABORTED({ what: 'The command' });
  return process.state.exitCode ?? 0;
}

async function echo(process: Process, stdin: Streams['stdin'], stdout: Streams['stdout']): Promise<void> {
  for await (const bytes of stdin) stdout.write(Buffer.from(bytes as Uint8Array));
  await end(process, 0);
}
