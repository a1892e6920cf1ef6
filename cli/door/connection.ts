/** Whether the ssh client is still there. sshd tells a command without a terminal nothing; its process just ends. */
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from './errors.ts';

export interface Connection {
  /** Aborted once the client has gone. Seen within a second. */
  readonly dropped: AbortSignal;
  /** Looks at once, after the moment that sshd's process needs to end when its pipes have closed. */
  isDropped(): Promise<boolean>;
  close(): void;
}

export interface ConnectionOptions {
  /** The process that this one belongs to. @default process.ppid */
  readonly parent?: () => number;
  /** Milliseconds. @default 1000 */
  readonly every?: number;
  /** Milliseconds. @default 100 */
  readonly moment?: number;
}

/**
 * Watches sshd's process for this connection, which is the parent of the forced command: when it has ended, the kernel
 * gives the command another parent.
 */
export function watchConnection(options: ConnectionOptions = {}): Connection {
  const { parent = () => process.ppid, every = 1_000, moment = 100 } = options;
  const sshd = parent();
  const gone = new AbortController();
  const look = () => {
    // A parent of 1 from the start: sshd was gone before this process could look.
    if (sshd === 1 || parent() !== sshd) gone.abort(errors.E_PUSH_DROPPED(undefined));
    return gone.signal.aborted;
  };
  const timer = setInterval(() => {
    if (look()) clearInterval(timer);
  }, every);
  timer.unref();
  return {
    dropped: gone.signal,
    async isDropped() {
      await sleep(moment);
      return look();
    },
    close: () => clearInterval(timer),
  };
}
