/** The ways to the two hooks that git runs for a push, as streams of this process. */
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { errors } from './errors.ts';
import { type HookRequest, isWhole, parseHookRequest, parseUpdate, type Update } from './hook-request.ts';
import { flush, pktLine, readGroups } from './pkt-line.ts';

/** pre-receive: everything has come, nothing is kept yet. */
export interface AskingHook {
  /** What is pushed; undefined where git ended without it: a dry run, a lost connection. */
  readonly request: Promise<HookRequest | undefined>;
  /** Shows the pusher a line. */
  say(line: string): void;
  /** Ends the hook; 0 lets git keep what came, and go on. */
  end(code: number): void;
}

/** proc-receive: what came is kept, and who answers moves the refs. */
export interface MovingHook {
  /** The refs that git found nothing wrong with; undefined where it ended before. */
  readonly updates: Promise<readonly Update[] | undefined>;
  say(line: string): void;
  /** Tells git of each ref whether it moved: undefined, or why not. */
  end(why: string | undefined, updates: readonly Update[]): void;
}

/** @param git a receive-pack with pipes on its descriptors 3 and 4 */
export function askingHook(git: ChildProcess): AskingHook {
  const [talk, verdict] = [streamOf(git, 3), streamOf(git, 4)];
  return {
    request: readRequest(talk),
    say: (line) => sayOn(talk, line),
    end(code) {
      talk.end();
      verdict.end(`${code}\n`);
    },
  };
}

/** @param git a receive-pack with pipes on its descriptors 5 and 6 */
export function movingHook(git: ChildProcess): MovingHook {
  const [talk, shown] = [streamOf(git, 5), streamOf(git, 6)];
  return {
    updates: readUpdates(talk),
    say: (line) => sayOn(shown, line),
    end(why, updates) {
      shown.end();
      const reports = updates.map(({ ref }) => pktLine(why === undefined ? `ok ${ref}` : `ng ${ref} ${why}`));
      talk.end([...reports, flush].join(''));
    },
  };
}

/** The pusher may be gone, and git with it: that ends no deploy. */
function streamOf(git: ChildProcess, descriptor: number): Duplex {
  return (git.stdio[descriptor] as Duplex).on('error', () => {});
}

function sayOn(stream: Duplex, line: string): void {
  if (stream.writable) stream.write(`${line}\n`);
}

function readRequest(talk: Duplex): Promise<HookRequest | undefined> {
  const parts: Buffer[] = [];
  return new Promise((resolve, reject) => {
    talk.on('data', (data: Buffer) => {
      parts.push(data);
      // A message ends with its last bytes, so only a part that ends so makes it whole.
      if (data.length > 1 && !data.subarray(-2).equals(lastBytes)) return;
      const text = Buffer.concat(parts).toString('utf8');
      if (isWhole(text)) attempt(() => resolve(parseHookRequest(text)), reject);
    });
    talk.on('close', () => resolve(undefined));
  });
}

const lastBytes = Buffer.from('.\n');

/** First git names its version, which is answered; then it names the refs. */
function readUpdates(talk: Duplex): Promise<readonly Update[] | undefined> {
  let left = Buffer.alloc(0);
  let greeted = false;
  return new Promise((resolve, reject) => {
    talk.on('data', (data: Buffer) => {
      attempt(() => {
        const { groups, rest } = readGroups(Buffer.concat([left, data]));
        left = Buffer.from(rest);
        for (const group of groups) {
          if (greeted) resolve(group.map(parseUpdate));
          else talk.write(greeting(group));
          greeted = true;
        }
      }, reject);
    });
    talk.on('close', () => resolve(undefined));
  });
}

function greeting([version = '']: readonly string[]): string {
  if (!version.startsWith('version=1\0') && version !== 'version=1')
    throw errors.E_GIT({ what: 'be understood', cause: `its hooks speak ${version}` });
  return pktLine('version=1') + flush;
}

function attempt(work: () => void, reject: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    reject(error);
  }
}
