/** The commands that plugins bring, as commands of oclif. */
import { parseArgs } from 'node:util';
import type { Interfaces } from '@oclif/core';
import type { Config } from '@oclif/core/config';
import * as Flags from '@oclif/core/flags';
import { type PluginCommand, parseSiteName, pluginCommands, type ResolvedConfig } from '../core/index.ts';
import { text } from './arguments.ts';
import { BaseCommand } from './base-command.ts';
import { refuseClashes } from './command-clashes.ts';
import type { CommandContext } from './context.ts';
import { readAdded } from './plugins/added.ts';

/** What of `--config` stands in a command line that no command has parsed yet. Pure. */
export function configFlagIn(argv: readonly string[]): string | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: { config: { type: 'string' } },
    strict: false,
    allowPositionals: true,
  });
  return typeof values.config === 'string' ? values.config : undefined;
}

/**
 * The configuration whose plugins' commands are shown. A package that was added runs as the configuration's user alone;
 * without one nothing runs, and a machine needs no such user yet.
 * @param file what `--config` names
 */
export async function configToShow(
  context: CommandContext,
  file: string | undefined,
): Promise<ResolvedConfig> {
  if (context.remote) return context.loadConfig(undefined);
  const isAlone = (await readAdded(await context.findConfig(file))).folder === '';
  return isAlone ? context.readConfig(file) : context.loadConfig(file);
}

/**
 * Adds the commands of a configuration's plugins to those that oclif knows.
 * @throws E_PLUGINS where one is wrong, or octohost has it itself
 */
export function addPluginCommands(oclif: Config, { plugins }: ResolvedConfig): void {
  const commands = pluginCommands(plugins);
  refuseClashes(commands, (name) => oclif.findCommand(name) !== undefined);
  const loadable = commands.map(({ plugin, command }) => {
    const loaded = commandClass(command);
    const facts = { aliases: [], hiddenAliases: [], hidden: false, pluginName: plugin, id: command.name };
    return {
      ...facts,
      summary: command.summary,
      args: withNames(loaded.args),
      flags: withNames({ ...loaded.baseFlags, ...loaded.flags, json: jsonFlag }),
      load: async () => loaded,
    };
  });
  // oclif adds commands by these two only, and its types hide them.
  const known = oclif as unknown as Record<'loadCommands' | 'loadTopics', (plugin: object) => void>;
  const added = { name: 'plugins', commands: loadable, topics: [], hooks: {} };
  known.loadCommands(added);
  known.loadTopics(added);
  // Help loads anew what stands here.
  oclif.plugins.set(added.name, added as unknown as Interfaces.Plugin);
}

const jsonFlag = Flags.boolean({ description: 'Format output as json.', helpGroup: 'GLOBAL' });

/** Help takes the names from within. */
function withNames(words: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(Object.entries(words).map(([name, one]) => [name, { ...one, name }]));
}

/** A command class that runs a plugin's command. */
export function commandClass(command: PluginCommand): typeof BaseCommand & { remote: boolean } {
  const { name, summary, args = [], flags = {}, remote } = command;
  return class FromPlugin extends BaseCommand {
    static override id = name;
    static override summary = summary;
    static override remote = remote !== undefined;
    static override args = Object.fromEntries(
      args.map((one) => [
        one.name,
        text({
          required: !one.optional,
          description: one.description,
          ...(one.kind === 'site' ? { parse: async (word: string) => parseSiteName(word) } : {}),
        }),
      ]),
    );
    static override flags = Object.fromEntries(
      Object.entries(flags).map(([flag, { kind, description }]) => [
        flag,
        kind === 'boolean' ? Flags.boolean({ description }) : Flags.string({ description }),
      ]),
    );

    async run(): Promise<object> {
      const parsed = await this.parse(FromPlugin);
      const given = onlyGiven(parsed.args as Record<string, string | undefined>);
      if (remote) requireRights(this.context, command, given);
      const {
        config: _,
        json: __,
        'no-plugins': ___,
        ...own
      } = parsed.flags as Record<string, string | boolean | undefined>;
      return command.run({
        args: given,
        flags: onlyGiven(own),
        engine: await this.engine(),
        actor: this.context.actor,
        isRemote: this.context.remote,
        signal: this.signal,
        print: (line) => this.print(line),
        notice: (line) => this.notice(line),
        ask: (question) => this.ask(question),
        operation: (sites) => this.operation(sites),
      });
    }
  };
}

/** For each site that is named, or for all where none is. @throws E_KEY_RIGHTS */
function requireRights(
  context: CommandContext,
  { args = [], remote = 'admin' }: PluginCommand,
  given: Readonly<Record<string, string>>,
): void {
  const named = args.flatMap(({ name, kind }) => (kind === 'site' ? [given[name]] : []));
  const sites = named.flatMap((site) => (site === undefined ? [] : [parseSiteName(site)]));
  for (const site of sites.length > 0 ? sites : [undefined]) context.requireRight(remote, site);
}

function onlyGiven<Value>(values: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, Value>;
}
