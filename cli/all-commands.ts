/** Runs a command line that names no command by its file: help, a topic, a name that is mistyped. */
import { Config } from '@oclif/core/config';
import { normalizeArgv } from '@oclif/core/help';
import { run } from '@oclif/core/run';
import { nearestCommands } from './command-path.ts';
import { errors } from './errors.ts';
import { loadOptions } from './load-options.ts';

export async function runAmongAll(argv: readonly string[]): Promise<void> {
  const config = await Config.load(loadOptions('**/*'));
  const [id = ''] = normalizeArgv(config, [...argv]);
  const known = id === '' || id.startsWith('-') || config.findCommand(id) || config.findTopic(id);
  if (!known) {
    const ids = config.commands.filter(({ hidden }) => !hidden).map((command) => command.id);
    throw errors.E_COMMAND_UNKNOWN({ command: argv[0] ?? '', nearest: nearestCommands(argv, ids) });
  }
  await run([...argv], config);
}
