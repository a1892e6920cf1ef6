/** The way to the hook that git runs: it hands over what is pushed, shows the pusher lines, and ends with a verdict. */
import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { type HookRequest, isWhole, parseHookRequest } from './hook-request.ts';

export interface HookChannel {
  /** What the hook brings; undefined where git ended without it: nothing was pushed, or not all of it came. */
  request(): Promise<HookRequest | undefined>;
  /** Shows the pusher a line. */
  say(line: string): void;
  /** Ends the hook; 0 lets git move the refs. */
  end(code: number): void;
}

/** @param git a receive-pack with pipes on its descriptors 3 and 4 */
export function openHookChannel(git: ChildProcess): HookChannel {
  const [talk, verdict] = [git.stdio[3] as Duplex, git.stdio[4] as Duplex];
  // The pusher may be gone: the deploy goes on, and git finishes the ref, so that both agree.
  for (const stream of [talk, verdict]) stream.on('error', () => {});
  return {
    request: () => readRequest(talk),
    say: (line) => void (talk.writable && talk.write(`${line}\n`)),
    end(code) {
      talk.end();
      verdict.end(`${code}\n`);
    },
  };
}

async function readRequest(talk: Duplex): Promise<HookRequest | undefined> {
  const parts: Buffer[] = [];
  return new Promise((resolve, reject) => {
    talk.on('data', (data: Buffer) => {
      parts.push(data);
      // A message ends with its last bytes, so only a part that ends so makes it whole.
      if (!data.subarray(-2).equals(lastBytes) && data.length > 1) return;
      const text = Buffer.concat(parts).toString('utf8');
      if (!isWhole(text)) return;
      try {
        resolve(parseHookRequest(text));
      } catch (error) {
        reject(error);
      }
    });
    talk.on('close', () => resolve(undefined));
  });
}

const lastBytes = Buffer.from('.\n');
