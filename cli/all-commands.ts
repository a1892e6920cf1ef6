/** Runs a command line that names no command by its file: help, a topic, an alias, a name that is mistyped. */
import { Config } from '@oclif/core/config';
import { normalizeArgv } from '@oclif/core/help';
import { helpAddition, run } from '@oclif/core/run';
import type { CommandContext } from './context.ts';
import { errors as doorErrors } from './door/errors.ts';
import { errors } from './errors.ts';
import { asksForAll, OctoHelp } from './help.ts';
import { loadOptions } from './load-options.ts';
import { nearestCommands } from './nearest-commands.ts';
import { findOldCommand } from './old-commands.ts';
import { addPluginCommands, configFlagIn, configToShow } from './plugin-commands.ts';
import { failureLines } from './render/failure.ts';
import { runCommand } from './run-command.ts';
import { openStdout } from './stdout-guard.ts';

export async function runAmongAll(argv: readonly string[], context: CommandContext): Promise<void> {
  const config = await Config.load(loadOptions('**/*'));
  const standardWords = normalizeArgv(config, [...argv]);
  const builtIn = config.findCommand(standardWords[0] ?? '');
  if (!builtIn || builtIn.id === 'help') await addFromPlugins(config, argv, context);
  const [id = '', ...rest] = normalizeArgv(config, [...argv]);
  const command = config.findCommand(id);
  // oclif's own start is for help alone: what it runs knows no context.
  if (command && id !== 'help' && !helpAddition([...argv], config))
    return runCommand(config, id, rest, context);
  // help is asked about something.
  const about = id === 'help' ? normalizeArgv(config, rest) : [...argv];
  const name = id === 'help' ? (about[0] ?? '') : id;
  const known = name === '' || name.startsWith('-') || config.findCommand(name) || config.findTopic(name);
  if (!known && context.remote) throw doorErrors.E_DOOR_COMMAND({ asked: about[0] ?? '' });
  const old = known ? undefined : findOldCommand(about);
  if (old) throw errors.E_COMMAND_OLD(old);
  if (!known) {
    const ids = config.commands.filter(({ hidden }) => !hidden).map((one) => one.id);
    throw errors.E_COMMAND_UNKNOWN({ command: about[0] ?? '', nearest: nearestCommands(about, ids) });
  }
  // oclif prints help by itself; what was loaded is done.
  openStdout();
  const help = new OctoHelp(config, context);
  if (asksForAll(argv)) return help.showRootHelp();
  if (id === 'help' || helpAddition([...argv], config) || config.findTopic(name)) return help.showHelp(about);
  await run([...argv], config);
}

/** A configuration that cannot be read hides no help, and no built-in command that was mistyped. */
async function addFromPlugins(
  config: Config,
  argv: readonly string[],
  context: CommandContext,
): Promise<void> {
  try {
    addPluginCommands(config, await configToShow(context, configFlagIn(argv)));
  } catch (error) {
    if (argv.includes('--json')) return;
    const [line = ''] = failureLines(error);
    context.stderr.write(`Without the commands of plugins: ${line}\n`);
  }
}
