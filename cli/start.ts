/** Starts oclif with as little as the command line needs: one command, or all of them for help. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Config } from '@oclif/core/config';
import { findCommand } from './command-path.ts';
import { type CommandContext, processContext } from './context.ts';
import { loadOptions } from './load-options.ts';
import { commandsFolder, extension } from './program.ts';
import { exitCodeOf, failureFacts, failureLines } from './render/failure.ts';
import { runCommand } from './run-command.ts';
import { writeStdout } from './stdout-guard.ts';
import { expectedError } from './usage.ts';

/**
 * Runs one command line. Never throws: what goes wrong is told, and becomes the exit code. Returns the error for which no
 * command was run.
 */
export async function start(
  argv: readonly string[],
  context: CommandContext = processContext(),
): Promise<unknown> {
  try {
    const words = asCommand(argv);
    const found = findCommand(words, (path) => existsSync(join(commandsFolder, `${path}${extension}`)));
    if (found) await runCommand(await Config.load(loadOptions(found.path)), found.id, found.rest, context);
    else await (await import('./all-commands.ts')).runAmongAll(words, context);
    return undefined;
  } catch (error) {
    const told = expectedError(error);
    tell(told, argv);
    return told;
  }
}

/** `octo help E_CODE` is a command of its own; oclif's help knows commands alone. */
function asCommand(argv: readonly string[]): readonly string[] {
  const [first, code, ...rest] = argv;
  return first === 'help' && /^e_[a-z0-9_]+$/i.test(code ?? '') ? ['error', code ?? '', ...rest] : argv;
}

function tell(error: unknown, argv: readonly string[]): void {
  process.exitCode = exitCodeOf(error);
  if (argv.includes('--json')) writeStdout(`${JSON.stringify({ error: failureFacts(error) }, null, 2)}\n`);
  else process.stderr.write(`${failureLines(error).join('\n')}\n`);
}
