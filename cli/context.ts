/** The process as commands see it. Tests give another one. */
import type { Readable, Writable } from 'node:stream';
import type { Engine, ResolvedConfig, Right, SiteName, Terminal } from '../core/index.ts';
import { finishInBackground } from './background.ts';
import { findConfig, loadConfig, openConfigured, readConfig, whoRuns } from './open-engine.ts';
import { stdoutBytes, writeStdout } from './stdout-guard.ts';

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** The terminal's width; undefined where there is none. */
  readonly columns: number | undefined;
  /** Aborted when nobody reads any more. */
  readonly closed: AbortSignal;
}

export interface CommandContext {
  readonly stdin: Readable;
  readonly stdinIsTerminal: boolean;
  readonly stdout: Output;
  /** stdout, for what is no text. */
  readonly stdoutBytes: Writable;
  readonly stderr: Output;
  /** stderr, for what is no text. */
  readonly stderrBytes: Writable;
  /** What a command in a container gets as its terminal; undefined where stdin or stdout is none. */
  readonly terminal: RawTerminal | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Who runs the command, for the record. */
  readonly actor: string;
  /** Of the ssh key that it comes in with. */
  readonly fingerprint?: string;
  /** True for a command over ssh: nothing of the host is in its reach. */
  readonly remote: boolean;
  /** Whether whoever runs it may see what is said of a site: others may be brought along. */
  mayRead(site: SiteName): boolean;
  /** @param site undefined: all sites. @throws E_KEY_RIGHTS where whoever runs it has not this right */
  requireRight(right: Right, site: SiteName | undefined): void;
  /** What the process will exit with once all is closed. */
  setExitCode(code: number): void;
  /** Ends the process at once. */
  exitNow(code: number): void;
  /** Calls the listener at each Ctrl-C or request to end, which then no longer ends the process. Returns the undoing. */
  onInterrupt(listener: () => void): () => void;
  /** The configuration file, which is not read. @param file as below */
  findConfig(file: string | undefined): Promise<string>;
  /** The configuration to look at, before anything is opened. @param file as below */
  readConfig(file: string | undefined): Promise<ResolvedConfig>;
  /** @param file what `--config` names; empty: the usual places */
  loadConfig(file: string | undefined): Promise<ResolvedConfig>;
  openEngine(config: ResolvedConfig): Engine;
  /** Ends the old instances of these sites after the command has returned. */
  finishInBackground(configFile: string, sites: readonly string[]): void;
}

/** A terminal of which every key can be passed on. */
export interface RawTerminal extends Terminal {
  /** True: keys are given as they are, Ctrl-C too, and are not shown. */
  setRaw(on: boolean): void;
}

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The context of the real process. */
export function processContext(): CommandContext {
  return {
    stdin: process.stdin,
    stdinIsTerminal: process.stdin.isTTY,
    stdout: outputOf(process.stdout, writeStdout),
    stdoutBytes: stdoutBytes(),
    stderr: outputOf(process.stderr, (text) => void process.stderr.write(text)),
    stderrBytes: process.stderr,
    terminal: process.stdin.isTTY && process.stdout.isTTY ? terminalOf(process) : undefined,
    environment: process.env,
    actor: whoRuns(),
    remote: false,
    mayRead: () => true,
    requireRight() {},
    setExitCode(code) {
      process.exitCode = code;
    },
    exitNow: (code) => process.exit(code),
    onInterrupt(listener) {
      for (const signal of interrupts) process.on(signal, listener);
      return () => {
        for (const signal of interrupts) process.off(signal, listener);
      };
    },
    findConfig,
    readConfig,
    loadConfig,
    openEngine: openConfigured,
    finishInBackground,
  };
}

function terminalOf({ stdin, stdout }: Pick<NodeJS.Process, 'stdin' | 'stdout'>): RawTerminal {
  return {
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    onResize(listener) {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
    setRaw: (on) => void stdin.setRawMode(on),
  };
}

function outputOf(stream: NodeJS.WriteStream, write: (text: string) => void): Output {
  const closed = new AbortController();
  // `octo releases app | head -1`: the reader went away, which is no error.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed.abort();
  });
  return {
    write(text) {
      if (!closed.signal.aborted) write(text);
    },
    isTerminal: stream.isTTY,
    columns: stream.isTTY ? stream.columns : undefined,
    closed: closed.signal,
  };
}
