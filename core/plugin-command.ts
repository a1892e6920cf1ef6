/** Commands and doctor checks that a plugin brings: their shape, and what can be wrong with them. Pure. */
import type { Right } from './access.ts';
import type { Engine, Operation } from './engine-interface.ts';
import type { SiteName } from './grammar.ts';

/** One word of a command line. */
export interface CommandArgument {
  /** Lower-case; a key of the context's `args`. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** `site`: checked as a site's name, and the site that `remote` is asked for. @default 'text' */
  readonly kind?: 'site' | 'text';
  /** Optional ones stand last. @default false */
  readonly optional?: boolean;
}

/** `--name`, or `--name VALUE`. */
export interface CommandFlag {
  /** One sentence. */
  readonly description: string;
  /** `boolean` takes no value. */
  readonly kind: 'boolean' | 'text';
}

/** What a command of a plugin is run with. */
export interface CommandRun {
  /** The words by the names of `args`; an optional one may be absent. */
  readonly args: Readonly<Record<string, string>>;
  /** Those that were given. */
  readonly flags: Readonly<Record<string, string | boolean>>;
  /** Over ssh it refuses what the key may not do. The plugin's setup has run, so `api.role()` may be used. */
  readonly engine: Engine;
  /** Who runs it, for the record. */
  readonly actor: string;
  /** True over ssh: the answer must tell nothing of the host, and no file of it may be named by an argument. */
  readonly isRemote: boolean;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** A line of the result, to stdout; nothing with `--json`. */
  print(line: string): void;
  /** A remark that is no part of the result, to stderr; nothing with `--json`. */
  notice(line: string): void;
  /** What somebody types at the terminal, up to Enter; undefined where nobody sits there, and with `--json`. */
  ask(question: string): Promise<string | undefined>;
  /** What the engine's methods take that change something: progress is shown, deploys are logged. */
  operation(sites: readonly SiteName[]): Operation;
}

/** A command of `octo`: `octo mysql:create app`. */
export interface PluginCommand {
  /** Lower-case words joined by `:`, of no other command: `mysql:create`. */
  readonly name: string;
  /** One sentence, shown by `octo help`. */
  readonly summary: string;
  readonly args?: readonly CommandArgument[];
  readonly flags?: Readonly<Record<string, CommandFlag>>;
  /**
   * The right that a key needs to run it over ssh: for the site that is named, or for all sites where none is.
   * Without it the command is for the host alone.
   */
  readonly remote?: Right;
  /** Returns what `--json` prints, an object. Thrown OctohostErrors are told with their hint and set the exit code. */
  run(run: CommandRun): Promise<object>;
}

/** What one doctor check found. */
export interface CheckFinding {
  readonly state: 'ok' | 'warning' | 'failed';
  /** One sentence. */
  readonly message: string;
  /** What to type or to do next, best a command; for all but `ok`. */
  readonly hint?: string;
}

/** Something of the installation that a plugin depends on, and can look at without changing it. */
export interface PluginCheck {
  /** Lower-case words joined by `-`, unique in the plugin: `server-answers`. */
  readonly name: string;
  /** One sentence: what is looked at. */
  readonly summary: string;
  /** One sentence: what no longer works where it is not as it should be. */
  readonly why?: string;
  /** Changes nothing. The plugin's setup has run. What it throws counts as `failed`. */
  run(signal: AbortSignal): Promise<CheckFinding>;
}

/** The commands as a plugin has them. */
export interface WithCommands {
  readonly name: string;
  readonly commands?: readonly PluginCommand[];
}

const commandName = /^[a-z][a-z0-9-]*(:[a-z][a-z0-9-]*){0,2}$/;
const word = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Flags of every command. */
const commonFlags = ['config', 'json', 'help', 'no-plugins'];

/** What is wrong with the commands of all plugins, one line each. */
export function commandProblems(plugins: readonly WithCommands[]): string[] {
  const all = plugins.flatMap(({ name: plugin, commands = [] }) =>
    commands.map((command) => ({ plugin, command })),
  );
  const own = all.flatMap(({ plugin, command }) =>
    problemsOf(command).map((problem) => `The command ${command.name} of the plugin ${plugin} ${problem}.`),
  );
  const byName = Object.entries(Object.groupBy(all, ({ command }) => command.name));
  const doubled = byName.flatMap(([name, entries = []]) =>
    entries.length > 1
      ? [`The command ${name} is brought by ${entries.map(({ plugin }) => plugin).join(' and ')}: keep one.`]
      : [],
  );
  return [...own, ...doubled];
}

function problemsOf(command: PluginCommand): string[] {
  const { name, summary, args = [], flags = {} } = command;
  const names = args.map((one) => one.name);
  const flagNames = Object.keys(flags);
  const late = args.findIndex(({ optional }, index) => !optional && args[index - 1]?.optional);
  return [
    ...(commandName.test(name) ? [] : ['has no valid name (up to three lower-case words joined by :)']),
    ...(summary ? [] : ['has no summary']),
    ...(typeof command.run === 'function' ? [] : ['has no run(…)']),
    ...[...names, ...flagNames].filter((one) => !word.test(one)).map((one) => `has no valid name in ${one}`),
    ...(new Set(names).size < names.length ? ['has two arguments of one name'] : []),
    ...(late === -1 ? [] : [`needs ${names[late]} after an argument that may be left out`]),
    ...flagNames
      .filter((one) => commonFlags.includes(one))
      .map((one) => `has --${one}, which every command has`),
  ];
}

/** What is wrong with the checks that plugins gave, one line each. */
export function checkProblems(
  all: readonly { readonly plugin: string; readonly check: PluginCheck }[],
): string[] {
  return all.flatMap(({ plugin, check }, index) => {
    const { name } = check;
    const at = `The check ${name} of the plugin ${plugin}`;
    const isDouble = all.slice(0, index).some((one) => one.plugin === plugin && one.check.name === name);
    return [
      ...(word.test(name) ? [] : [`${at} has no valid name (lower-case words joined by -).`]),
      ...(typeof check.run === 'function' ? [] : [`${at} has no run(signal).`]),
      ...(isDouble ? [`${at} stands there twice.`] : []),
    ];
  });
}
