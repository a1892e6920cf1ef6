/** Starts oclif with as little as the command line needs: one command, or all of them for help. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { findCommand, nearestCommands } from './command-path.ts';
import { errors } from './errors.ts';
import { extension, packageRoot, readPackage, sourcesRoot } from './program.ts';
import { exitCodeOf, failureFacts, failureLines } from './render/failure.ts';
import { expectedError } from './usage.ts';

type LoadOptions = ConstructorParameters<typeof Config>[0];

const commandsFolder = join(sourcesRoot, 'cli', 'commands');

/** Runs one command line. Never throws: what goes wrong is told, and becomes the exit code. */
export async function start(argv: readonly string[]): Promise<void> {
  try {
    const found = findCommand(argv, (path) => existsSync(join(commandsFolder, `${path}${extension}`)));
    if (found) await (await Config.load(loadOptions(found.path))).runCommand(found.id, [...found.rest]);
    else await runAmongAll(argv);
  } catch (error) {
    tell(expectedError(error), argv);
  }
}

async function runAmongAll(argv: readonly string[]): Promise<void> {
  const [{ normalizeArgv }, { run }] = await Promise.all([
    import('@oclif/core/help'),
    import('@oclif/core/run'),
  ]);
  const config = await Config.load(loadOptions('**/*'));
  const [id = ''] = normalizeArgv(config, [...argv]);
  const known = id === '' || id.startsWith('-') || config.findCommand(id) || config.findTopic(id);
  if (!known) {
    const ids = config.commands.filter(({ hidden }) => !hidden).map((command) => command.id);
    throw errors.E_COMMAND_UNKNOWN({ command: argv[0] ?? '', nearest: nearestCommands(argv, ids) });
  }
  await run([...argv], config);
}

/**
 * What oclif loads. Without a manifest it would import every command to learn what there is; a glob of one file keeps it
 * from that. Nothing of the user's home is looked at for plugins.
 */
export function loadOptions(commands: string): LoadOptions {
  // Sources run as they are: oclif must not look for a compiler.
  settings.enableAutoTranspile = false;
  const { oclif, ...facts } = readPackage();
  const everything = commands.includes('*');
  const pjson = {
    ...facts,
    oclif: {
      ...oclif,
      plugins: everything ? oclif['plugins'] : [],
      commands: { strategy: 'pattern', target: commandsFolder, globPatterns: [`${commands}${extension}`] },
    },
  };
  const options = { root: packageRoot, pjson, userPlugins: false, devPlugins: false, ignoreManifest: true };
  return options as unknown as LoadOptions;
}

function tell(error: unknown, argv: readonly string[]): void {
  process.exitCode = exitCodeOf(error);
  if (argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ error: failureFacts(error) }, null, 2)}\n`);
  else process.stderr.write(`${failureLines(error).join('\n')}\n`);
}
