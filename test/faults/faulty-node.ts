/**
 * Named points around what is done with Node's own means: files, signals, requests to the engine, and git, which moves
 * refs and keeps objects. Node's functions are replaced for the whole process, so the program under test has nothing in
 * it for this.
 */
import childProcess, { type ChildProcess, type SpawnOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import http, { type ClientRequest, type RequestOptions } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { type Begun, type Faults, lost } from './fault.ts';
import { conversationName, gitCommand, requestName } from './point-names.ts';

/** @param dataDir changes of files elsewhere are nobody's business */
export function faultyNode(faults: Faults, dataDir: string): void {
  Object.assign(childProcess, { spawn: faultySpawn(faults) });
  Object.assign(http, { request: faultyRequest(faults) });
  Object.assign(process, { kill: faultyKill(faults) });
  for (const name of ['mkdir', 'open', 'rename', 'rm', 'writeFile'] as const)
    Object.assign(fs, { [name]: faultyChange(faults, name, dataDir) });
  syncBuiltinESMExports();
}

type Change = (path: unknown, ...more: unknown[]) => Promise<unknown>;

function faultyChange(faults: Faults, name: keyof typeof fs, dataDir: string): Change {
  const change = fs[name] as Change;
  return (path, ...more) => {
    const file = String(path);
    return file.startsWith(`${dataDir}/`) && changesSomething(name, file, more[0])
      ? faults.change(`file.${name} ${roomOf(file, dataDir)}`, () => change(path, ...more))
      : change(path, ...more);
  };
}

function changesSomething(name: keyof typeof fs, file: string, how: unknown): boolean {
  if (name === 'mkdir') return !existsSync(file);
  if (name === 'open') return how === 'w' || !existsSync(file);
  return name === 'writeFile' || existsSync(file);
}

/** The first folder below the data: `repositories`. */
const roomOf = (path: string, dataDir: string) => path.slice(dataDir.length + 1).split('/', 1)[0];

function faultyRequest(faults: Faults) {
  const request = http.request as (options: RequestOptions, ...more: unknown[]) => ClientRequest;
  return (options: RequestOptions, ...more: unknown[]): ClientRequest => {
    const name = options.socketPath && requestName(options.method ?? 'GET', String(options.path));
    if (!name) return request(options, ...more);
    const point = faults.begin(name, { killOnly: true });
    const asked = request(options, ...more);
    for (const event of ['response', 'upgrade', 'error', 'close'])
      asked.prependOnceListener(event, () => point.end());
    return asked;
  };
}

/** Asking whether a process is there is no signal. */
function faultyKill(faults: Faults): typeof process.kill {
  const kill = process.kill.bind(process);
  return (pid, signal) => {
    if (signal === 0) return kill(pid, signal);
    const point = faults.begin(`signal ${signal}`, { killOnly: true });
    const done = kill(pid, signal);
    point.end();
    return done;
  };
}

type Spawn = (program: string, words: readonly string[], options: SpawnOptions) => ChildProcess;

function faultySpawn(faults: Faults): Spawn {
  const spawn = childProcess.spawn as unknown as Spawn;
  return (program, words, options) => {
    const start = () => spawn(program, words, options);
    const command = program.endsWith('/git') ? gitCommand(words) : undefined;
    if (command === 'update-ref') return converse(start(), faults);
    if (command === 'receive-pack') return receive(start, faults);
    if (command === 'init' || command === 'symbolic-ref')
      return once(spawn, [program, words, options], faults, `git.${command}`);
    if (words.includes('retire:finish')) return background(start, faults);
    return start();
  };
}

/** Objects that are kept without a ref change nothing, so an error in it is one of the conversation's. */
function receive(start: () => ChildProcess, faults: Faults): ChildProcess {
  const point = faults.begin('git.receive-pack', { killOnly: true });
  const git = start();
  git.prependListener('close', () => point.end(git.pid));
  return git;
}

function background(start: () => ChildProcess, faults: Faults): ChildProcess {
  const point = faults.begin('start of retire:finish', { killOnly: true });
  const child = start();
  point.end(child.pid);
  return child;
}

/** One git that does one thing. */
function once(
  spawn: Spawn,
  [program, words, options]: Parameters<Spawn>,
  faults: Faults,
  name: string,
): ChildProcess {
  const point = faults.begin(name);
  const failing = `echo '${lost(name).message}' >&2; exit 1`;
  const scripts: Partial<Record<NonNullable<Begun['mode']>, string>> = {
    'throw before': failing,
    'throw after': `"$0" "$@"; ${failing}`,
  };
  const script = point.mode && scripts[point.mode];
  const git = script
    ? spawn('/bin/sh', ['-c', script, program, ...words], options)
    : spawn(program, words, options);
  git.prependListener('close', () => point.end(git.pid));
  return git;
}

/**
 * A git that is told about refs over its standard input, and answers. One whose answer is lost is killed with it, locks
 * and all.
 */
function converse(git: ChildProcess, faults: Faults): ChildProcess {
  let current: Begun | undefined;
  let failed = false;
  const { stdin, stdout } = git;
  if (!stdin || !stdout) throw new Error('git is told about refs over pipes');
  const forward = (data: unknown, pass: () => unknown): unknown => {
    const name = typeof data === 'string' ? conversationName(data) : undefined;
    if (name === undefined) return pass();
    current = faults.begin(name);
    if (current.mode !== 'throw before') return pass();
    failed = true;
    return git.kill('SIGKILL');
  };
  const over = () => {
    const done = current;
    current = undefined;
    done?.end(git.pid);
    if (done?.mode !== 'throw after') return false;
    failed = true;
    git.kill('SIGKILL');
    return true;
  };
  const [write, end] = [stdin.write.bind(stdin), stdin.end.bind(stdin)] as ((
    ...data: unknown[]
  ) => unknown)[];
  Object.assign(stdin, {
    write: (...data: unknown[]) => forward(data[0], () => write?.(...data)),
    end: (...data: unknown[]) => forward(data[0], () => end?.(...data)),
  });
  overhear(stdout, 'data', ([text]) => {
    const isLost = /(?:prepare|commit): ok\n$/.test(String(text)) && over();
    return isLost ? undefined : [text];
  });
  // The last word may go without an answer; a failure is told by the exit code.
  overhear(git, 'close', (facts) => {
    over();
    return failed ? [1, null] : facts;
  });
  return git;
}

/** Hears an event before all others do, and decides what they hear of it; undefined: nothing. */
function overhear(
  emitter: { emit(event: string, ...facts: unknown[]): boolean },
  event: string,
  hear: (facts: unknown[]) => unknown[] | undefined,
): void {
  const emit = emitter.emit.bind(emitter);
  emitter.emit = (name: string, ...facts: unknown[]) => {
    const told = name === event ? hear(facts) : facts;
    return told !== undefined && emit(name, ...told);
  };
}
