/** Another host with octohost, by its ssh door. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { errors } from './errors.ts';

/** How the host is reached. */
export interface Address {
  readonly host: string;
  readonly user: string;
  readonly port?: number;
  /** File of a private key. */
  readonly identity?: string;
  /** File in the place of ssh's own configuration. */
  readonly sshConfig?: string;
}

const hostPattern = /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$/;
const userPattern = /^[A-Za-z_][A-Za-z0-9._-]{0,63}$/;

/**
 * The words after `ssh`. Nobody is asked for a password, and nothing of the other end is run but octohost's commands.
 * Pure.
 * @param asked an octo command, whose words need no quotes
 * @throws E_MOVE_HOST
 */
export function sshWords(
  { host, user, port, identity, sshConfig }: Address,
  asked: readonly string[],
): string[] {
  if (!hostPattern.test(host)) throw errors.E_MOVE_HOST({ what: host });
  if (!userPattern.test(user)) throw errors.E_MOVE_HOST({ what: user });
  return [
    ...(sshConfig === undefined ? [] : ['-F', sshConfig]),
    '-T',
    '-o',
    'BatchMode=yes',
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(identity === undefined ? [] : ['-i', identity]),
    '--',
    `${user}@${host}`,
    ...asked,
  ];
}

/** How a command at the other end came out. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  /** The last of what it said on stderr. */
  readonly lines: readonly string[];
}

const keptLines = 20;
/** ssh's own: it did not get to the other end, or lost it. */
const connectionLost = 255;

/**
 * Runs a command there. What it reads never is a word of it.
 * @param feed writes what it reads, and ends it
 * @param tell told each line of its stderr
 * @throws E_MOVE_SSH where the host is not reached, or is lost
 */
export async function ask(
  address: Address,
  asked: readonly string[],
  options: {
    readonly signal: AbortSignal;
    readonly feed?: (input: Writable) => Promise<void>;
    readonly tell?: (line: string) => void;
  },
): Promise<Answer> {
  const { signal, feed, tell } = options;
  signal.throwIfAborted();
  const words = sshWords(address, asked);
  const child = spawn('ssh', words, { stdio: [feed ? 'pipe' : 'ignore', 'pipe', 'pipe'], signal });
  const lines: string[] = [];
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      tell?.(line);
    });
  const [code, stdout] = await Promise.all([
    ended(child, signal),
    child.stdout ? buffer(child.stdout) : Buffer.alloc(0),
    child.stdin && feed ? fed(child.stdin, feed) : undefined,
  ]);
  const last = lines.slice(-keptLines);
  if (code === connectionLost) throw errors.E_MOVE_SSH({ host: address.host, lines: last });
  return { code, stdout: stdout.toString('utf8'), lines: last };
}

/** Where the other end does not read everything, its exit code says why. */
async function fed(input: Writable, feed: (input: Writable) => Promise<void>): Promise<void> {
  input.on('error', () => {});
  try {
    await feed(input);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') {
      input.destroy();
      throw error;
    }
  }
  input.end();
}

function ended(child: ChildProcess, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(signal.aborted ? signal.reason : errors.E_MOVE_PROGRAM({ cause }, { cause })),
    );
    child.on('close', (code) => resolve(code ?? connectionLost));
  });
}
