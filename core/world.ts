/** What the engine works with; all of it is given, nothing is read from the process. */
import type { ResolvedConfig } from './config.ts';
import type { SiteName } from './grammar.ts';
import type { HookCaller, Hooks } from './hooks.ts';
import type { Part } from './parts.ts';
import type { PluginUse, Providers } from './plugin.ts';
import type { Actor, DeployId } from './release.ts';
import type { StepContext } from './roles.ts';
import type { State } from './state.ts';
import type { TraceNotes } from './trace-notes.ts';

/** The time that the engine goes by. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The process that runs the engine. */
export interface ProcessFacts {
  /** Of octohost. */
  readonly version: string;
  readonly pid: number;
  readonly host: string;
  /** How many processors it may use. */
  readonly cores: number;
  /** Whether a process of this host lives. */
  isAlive(pid: number): boolean;
}

export interface World {
  readonly config: ResolvedConfig;
  readonly state: State;
  readonly providers: Providers;
  /** What the plugins work with. */
  readonly parts: readonly Part[];
  readonly hooks: Hooks;
  /** What the site files of the pushes that are deployed now say to plugins, by site. */
  readonly told: Map<SiteName, Readonly<Record<string, unknown>>>;
  readonly uses: readonly PluginUse[];
  readonly clock: Clock;
  readonly process: ProcessFacts;
  /** Runs the start of an instance when it is its turn: some at the same time, whatever sites they are of. */
  readonly startInTurn: <Result>(start: () => Promise<Result>) => Promise<Result>;
}

/** Told what happens while an operation runs; a door renders it for people or machines. */
export interface Reporter {
  /** A deploy of this site began; `attach` and `cancel` know it by this id. */
  deploy(site: SiteName, deploy: DeployId): void;
  /** A step began. */
  begin(site: SiteName, step: string): void;
  /** A step ended well. */
  end(site: SiteName, step: string, milliseconds: number): void;
  /** A line of a build, a tap, a wait. */
  output(site: SiteName, line: string): void;
  /** Something that stops nothing and should be known. */
  warn(site: SiteName, line: string): void;
}

/** Who asks for an operation, when to stop it, and who is told. */
export interface Operation {
  readonly actor: Actor;
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
  /** Seconds to wait for another operation on the same site; 600 by default. */
  readonly waitSeconds?: number;
}

/** An operation of which it is noted what runs, and how long. */
export interface NotedOperation extends Operation {
  readonly notes?: TraceNotes;
}

/** The channel of one site within an operation, as steps and taps see it. */
export function channel(
  { signal, reporter, notes }: Pick<NotedOperation, 'signal' | 'reporter' | 'notes'>,
  site: SiteName,
): StepContext & HookCaller {
  return {
    signal,
    output: (line) => reporter.output(site, line),
    warn: (line) => reporter.warn(site, line),
    ...(notes ? { tapped: (call) => notes.tap(call) } : {}),
  };
}

/** The same operation, no longer to be interrupted: for what must be finished once it has begun. */
export function uninterrupted<Given extends Operation>(operation: Given): Given {
  return { ...operation, signal: new AbortController().signal };
}
