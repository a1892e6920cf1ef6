/** Runs commands in this process, on in-memory roles. */
import { existsSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { Config } from '@oclif/core/config';
import type { BaseCommand } from '../../cli/base-command.ts';
import { findCommand } from '../../cli/command-path.ts';
import type { CommandContext, Output } from '../../cli/context.ts';
import { loadOptions } from '../../cli/load-options.ts';
import { sourcesRoot } from '../../cli/program.ts';
import { type Clock, type Engine, openEngine, type Plugin, resolveConfig } from '../../core/index.ts';
import { type MemoryPluginsOptions, type MemoryRoles, memoryPlugins, memoryRoles } from '../testing.ts';

export interface Result {
  readonly stdout: string;
  /** What was written there that is no text. */
  readonly bytes: Buffer;
  /** The same of stderr. */
  readonly errorBytes: Buffer;
  readonly stderr: string;
  readonly code: number;
  /** The one JSON object that stdout holds. */
  json(): Record<string, unknown>;
}

export interface RunOptions {
  /** What is piped in; nothing by default. */
  stdin?: string | Buffer | Readable;
  /** True: a terminal of 80 columns on all three streams. */
  terminal?: boolean;
  /** True: as a command over ssh. */
  remote?: boolean;
  /** Asked for each right that a command takes by itself. */
  requireRight?: CommandContext['requireRight'];
  /** Called once the command listens for Ctrl-C, with what Ctrl-C does. */
  onInterruptible?: (interrupt: () => void) => void;
}

export interface CommandLine {
  readonly roles: MemoryRoles;
  /** The sites of each end of old instances and watch of new ones in the background. */
  readonly background: string[][];
  /** Runs `octo` with these words: `octo('config:set', 'app/KEY', 'value')`. */
  octo(...words: string[]): Promise<Result>;
  octoWith(options: RunOptions, ...words: string[]): Promise<Result>;
  /** An engine on the same roles, to look behind the commands. */
  engine(): Engine;
  dispose(): Promise<void>;
}

const configFile = '/nowhere/octohost.config.ts';
const commandsFolder = join(sourcesRoot, 'cli', 'commands');
let oclif: Promise<Config> | undefined;

export interface CommandLineOptions extends MemoryPluginsOptions {
  /** Plugins after the in-memory ones. */
  more?: Plugin[];
  /** The configuration's ssh.authorizedKeys. */
  authorizedKeys?: string;
  /** The system's by default. */
  clock?: Clock;
}

export function commandLine(options: CommandLineOptions = {}): CommandLine {
  const { more = [], publisher, authorizedKeys, clock, ...given } = options;
  const roles = memoryRoles({ ...given, ...(publisher ? { publisher } : {}) });
  const { publisher: _, ...others } = roles;
  const background: string[][] = [];
  const dataDir = mkdtempSync(join(tmpdir(), 'octo-c-'));
  const config = () =>
    resolveConfig(
      {
        plugins: [...memoryPlugins({ ...others, publisher: publisher ?? false }), ...more],
        dataDir,
        domainSuffix: 'example.com',
        ...(authorizedKeys ? { ssh: { authorizedKeys } } : {}),
      },
      configFile,
    );
  const engine = () =>
    openEngine({
      config: config(),
      environment: {},
      ...(clock ? { clock } : {}),
      process: { version: '0.0.0', pid: process.pid, host: 'test', cores: 2, isAlive: () => true },
    });
  const octoWith = async (run: RunOptions, ...words: string[]): Promise<Result> => {
    const screen = createScreen(run);
    const context: CommandContext = {
      ...screen.context,
      findConfig: async () => configFile,
      readConfig: async () => config(),
      loadConfig: async () => config(),
      openEngine: engine,
      finishInBackground: (_file, sites) => void background.push([...sites]),
    };
    const { command, rest } = await commandOf(words);
    oclif ??= Config.load(loadOptions('none'));
    await command.execute(rest, await oclif, context);
    return screen.result();
  };
  return {
    roles,
    background,
    octo: (...words) => octoWith({}, ...words),
    octoWith,
    engine,
    async dispose() {
      await roles.runtime.dispose();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type Words = ConstructorParameters<typeof BaseCommand>;
type Executable = { execute: typeof BaseCommand.execute } & (new (...words: Required<Words>) => BaseCommand);

async function commandOf(words: readonly string[]): Promise<{ command: Executable; rest: string[] }> {
  const found = findCommand(words, (path) => existsSync(join(commandsFolder, `${path}.ts`)));
  if (!found) throw new Error(`No command: ${words.join(' ')}`);
  const module = (await import(/* @vite-ignore */ join(commandsFolder, `${found.path}.ts`))) as {
    default: Executable & { id: string };
  };
  module.default.id = found.id;
  return { command: module.default, rest: [...found.rest] };
}

function createScreen({
  stdin = '',
  terminal = false,
  remote = false,
  requireRight = () => {},
  onInterruptible,
}: RunOptions) {
  let code = 0;
  const written = { stdout: '', stderr: '' };
  const bytes: Buffer[] = [];
  const errorBytes: Buffer[] = [];
  const keeping = (chunks: Buffer[]) =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
  const output = (name: keyof typeof written): Output => ({
    write(text) {
      written[name] += text;
    },
    isTerminal: terminal,
    columns: terminal ? 80 : undefined,
    closed: new AbortController().signal,
  });
  const context: Omit<
    CommandContext,
    'findConfig' | 'readConfig' | 'loadConfig' | 'openEngine' | 'finishInBackground'
  > = {
    stdin: stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdinIsTerminal: terminal,
    stdout: output('stdout'),
    stdoutBytes: keeping(bytes),
    stderr: output('stderr'),
    stderrBytes: keeping(errorBytes),
    terminal: undefined,
    environment: { NO_COLOR: '1' },
    actor: 'me on test',
    remote,
    mayRead: () => true,
    requireRight,
    setExitCode(wanted) {
      code = wanted;
    },
    exitNow(wanted) {
      throw new Error(`The process would have ended with ${wanted}.`);
    },
    onInterrupt(listener) {
      onInterruptible?.(listener);
      return () => {};
    },
  };
  const result = (): Result => ({
    ...written,
    bytes: Buffer.concat(bytes),
    errorBytes: Buffer.concat(errorBytes),
    code,
    json: () => JSON.parse(written.stdout) as Record<string, unknown>,
  });
  return { context, result };
}
