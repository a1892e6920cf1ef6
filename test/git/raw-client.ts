/** A client that speaks to git-receive-pack itself: it may say what git never would, or nothing at all. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { sshCommand } from '../../cli/dev/instance-files.ts';
import type { Refs } from './agreement.ts';
import type { Lab } from './lab.ts';

export const nothing = '0'.repeat(40);

export interface Change {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** What the server answers. */
export interface Answer {
  /** `ok`, or why git could not take the objects. */
  readonly unpack: string;
  /** By ref: `ok`, or why it was refused. */
  readonly refs: Readonly<Record<string, string>>;
  /** What was shown to the pusher. */
  readonly said: string;
}

export interface RawClient {
  /** What the server showed at first, without peeled tags. */
  readonly refs: Refs;
  readonly capabilities: readonly string[];
  /**
   * Sends changes, with the objects that a repository has for them, and waits for the answer.
   * @param objects the ids of just these objects, one a line; all that is reachable where it is left out
   */
  send(changes: readonly Change[], repository: string, objects?: Buffer): Promise<Answer>;
  /** Goes away without a word. */
  leave(): Promise<void>;
}

/** Connects as `git push` does, and reads what the server shows. */
export async function connectRaw(lab: Lab, site: string): Promise<RawClient> {
  const [ssh = '', ...words] = sshCommand(lab.host.instance).split(' ');
  const { port, user } = lab.host.instance.ssh;
  const address = ['-p', String(port), `${user}@127.0.0.1`, `git-receive-pack '/${site}.git'`];
  const child = spawn(ssh, [...words, ...address], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const packets = readPackets(child);
  const lines = await untilFlush(packets);
  const [first = '', ...rest] = lines.map((line) => line.toString().trimEnd());
  const [shown = '', capabilities = ''] = first.split('\0');
  const refs = [shown, ...rest].map((line) => line.split(' ')).filter(([, ref]) => ref?.startsWith('refs/'));
  return {
    refs: Object.fromEntries(refs.map(([revision, ref]) => [ref, revision])),
    capabilities: capabilities.split(' '),
    async send(changes, repository, objects) {
      const wanted = changes.map(({ ref, before, after }) => `${before} ${after} ${ref}`);
      const [head = '', ...others] = wanted;
      for (const line of [`${head}\0report-status side-band-64k`, ...others])
        child.stdin?.write(packet(line));
      child.stdin?.write('0000');
      const revisions = changes.map(({ after }) => after).filter((after) => after !== nothing);
      if (revisions.length > 0) child.stdin?.write(pack(repository, revisions, objects));
      child.stdin?.end();
      const answer = answerIn(await untilFlush(packets));
      // As for git itself: a push is over when the connection is.
      await ended;
      return answer;
    },
    async leave() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function pack(repository: string, revisions: readonly string[], objects?: Buffer): Buffer {
  const words = ['-C', repository, 'pack-objects', '--stdout', '-q', ...(objects ? [] : ['--revs'])];
  return execFileSync('git', words, { input: objects ?? `${revisions.join('\n')}\n` });
}

const packet = (text: string) => `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, '0')}${text}`;

/** Packets as they come; undefined for a flush, and for the end. */
async function* readPackets({ stdout }: ChildProcess): AsyncGenerator<Buffer | undefined> {
  let rest = Buffer.alloc(0);
  for await (const data of stdout ?? []) {
    rest = Buffer.concat([rest, data as Buffer]);
    for (let size = sizeOf(rest); size !== undefined && rest.length >= size; size = sizeOf(rest)) {
      yield size === 4 ? undefined : rest.subarray(4, size);
      rest = rest.subarray(size);
    }
  }
}

/** The length of the first packet; a flush (0000) takes four bytes. */
function sizeOf(data: Buffer): number | undefined {
  if (data.length < 4) return undefined;
  return Math.max(4, Number.parseInt(data.toString('latin1', 0, 4), 16));
}

async function untilFlush(packets: AsyncGenerator<Buffer | undefined>): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (;;) {
    const { value, done } = await packets.next();
    if (done || value === undefined) return found;
    found.push(Buffer.from(value));
  }
}

/** Side band 1 is the report, in packets of its own; band 2 is for the pusher. */
function answerIn(packets: readonly Buffer[]): Answer {
  const band = (number: number) =>
    Buffer.concat(packets.filter((one) => one[0] === number).map((one) => one.subarray(1)));
  const lines = packetsIn(band(1));
  const unpack = lines.find((line) => line.startsWith('unpack '))?.slice('unpack '.length) ?? 'no report';
  const refs = lines.flatMap((line): [string, string][] => {
    const [, verdict, ref = '', why = ''] = /^(ok|ng) (\S+) ?(.*)$/.exec(line) ?? [];
    return verdict ? [[ref, verdict === 'ok' ? 'ok' : why]] : [];
  });
  return { unpack, refs: Object.fromEntries(refs), said: band(2).toString() };
}

function packetsIn(data: Buffer): string[] {
  const size = sizeOf(data);
  if (size === undefined) return [];
  return [data.toString('utf8', 4, size).trimEnd(), ...packetsIn(data.subarray(size))];
}
