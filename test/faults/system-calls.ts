/** What strace wrote down of a deploy, as changes: which process renamed, removed, made, signalled or wrote what. Pure. */
import { resolve } from 'node:path';

/** A change that a process made to what others can see. */
export interface Change {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The process, and those that it descends from, nearest first. */
  readonly lineage: readonly number[];
  readonly call: string;
  /** The files, or the process that was signalled. */
  readonly objects: readonly string[];
}

const watched = [
  ['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'rmdir', 'mkdir', 'mkdirat'],
  ['link', 'linkat', 'symlink', 'symlinkat', 'truncate', 'ftruncate', 'fallocate', 'pwrite64'],
  ['open', 'openat', 'creat', 'chmod', 'fchmod', 'fchmodat', 'chown', 'fchown', 'fchownat'],
  ['kill', 'tkill', 'tgkill', 'fork', 'vfork', 'clone', 'clone3', 'chdir'],
].flat();

/** Options of strace(1) for what is read here. */
export const straceWords: readonly string[] = [
  '-f',
  '-D',
  '-qq',
  '-ttt',
  '-y',
  '--seccomp-bpf',
  '--string-limit=300',
  '--signal=none',
  `--trace=${watched.join(',')}`,
];

interface Call {
  readonly at: number;
  readonly thread: number;
  readonly name: string;
  readonly words: string;
  /** Undefined where the process was killed in it. */
  readonly result: number | undefined;
}

const whole = /^(?<thread>\d+) +(?<at>[\d.]+) (?<name>\w+)\((?<words>.*)\) += (?<result>-?\d+|\?)/;
const begun = /^(?<thread>\d+) +(?<at>[\d.]+) (?<name>\w+)\((?<words>.*) <unfinished \.\.\.>$/;
const resumed = /^(?<thread>\d+) +[\d.]+ <\.\.\. (?<name>\w+) resumed>(?<words>.*)\) += (?<result>-?\d+|\?)/;

export function changesIn(text: string): Change[] {
  const processes = new Processes();
  return callsIn(text).flatMap((call) => {
    processes.see(call);
    const change = changeOf(call, processes.folderOf(call.thread));
    if (!change || call.result === undefined || call.result < 0) return [];
    return [{ at: call.at, lineage: processes.lineageOf(call.thread), call: call.name, objects: change }];
  });
}

/** A call that another thread's line interrupts is written in two lines. */
function callsIn(text: string): Call[] {
  const open = new Map<string, Record<string, string>>();
  const calls: Call[] = [];
  for (const line of text.split('\n')) {
    const half = begun.exec(line)?.groups;
    if (half) {
      open.set(`${half['thread']} ${half['name']}`, half);
      continue;
    }
    const rest = resumed.exec(line)?.groups;
    const first = rest && open.get(`${rest['thread']} ${rest['name']}`);
    const found = rest
      ? first && { ...first, words: `${first['words']}${rest['words']}`, result: rest['result'] ?? '' }
      : whole.exec(line)?.groups;
    if (found) calls.push(callOf(found));
  }
  return calls.toSorted((a, b) => a.at - b.at);
}

function callOf({ thread, at, name = '', words = '', result }: Record<string, string>): Call {
  return {
    thread: Number(thread),
    at: Number(at) * 1000,
    name,
    words,
    result: result === undefined || result === '?' ? undefined : Number(result),
  };
}

const starts = new Set(['fork', 'vfork', 'clone', 'clone3']);

/** Which thread belongs to which process, and which process started which. */
class Processes {
  readonly #processOf = new Map<number, number>();
  readonly #parentOf = new Map<number, number>();
  readonly #folders = new Map<number, string>();

  see({ thread, name, words, result }: Call): void {
    const process = this.#processOf.get(thread) ?? thread;
    if (name === 'chdir' && result === 0) this.#folders.set(process, quoted(words)[0] ?? '');
    if (!starts.has(name) || result === undefined || result <= 0) return;
    if (words.includes('CLONE_THREAD')) this.#processOf.set(result, process);
    else {
      this.#parentOf.set(result, process);
      const folder = this.#folders.get(process);
      if (folder !== undefined) this.#folders.set(result, folder);
    }
  }

  lineageOf(thread: number): number[] {
    const lineage: number[] = [];
    let process = this.#processOf.get(thread) ?? thread;
    for (;;) {
      lineage.push(process);
      const parent = this.#parentOf.get(process);
      if (parent === undefined) return lineage;
      process = parent;
    }
  }

  folderOf(thread: number): string {
    return this.#folders.get(this.#processOf.get(thread) ?? thread) ?? '';
  }
}

/** What is changed; undefined where nothing is. */
function changeOf({ name, words }: Call, folder: string): string[] | undefined {
  if (starts.has(name) || name === 'chdir') return undefined;
  if (/^(?:open|openat|creat)$/.test(name) && !/O_CREAT|O_TRUNC/.test(words) && name !== 'creat')
    return undefined;
  if (name.endsWith('kill')) return signalOf(words);
  if (/^f(?:truncate|allocate|chmod|chown)$|^pwrite64$/.test(name))
    return [/^\d+<([^>]*)>/.exec(words)?.[1] ?? words];
  // A path may be told as below an open folder: AT_FDCWD</work>, "file".
  const below = [...words.matchAll(/(?:AT_FDCWD|\d+)<([^>]*)>, "((?:[^"\\]|\\.)*)"/g)];
  if (below.length > 0) return below.map(([, from = '', path = '']) => resolve(from, path));
  return quoted(words).map((path) => resolve(folder || '/', path));
}

/** Asking whether a process is there is no signal. */
function signalOf(words: string): string[] | undefined {
  const parts = words.split(', ');
  return parts.at(-1) === '0' ? undefined : [`${parts.at(-1)} to ${parts.slice(0, -1).join(' ')}`];
}

function quoted(words: string): string[] {
  return [...words.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text);
}
