/** Runs one loaded command in a context. Over ssh only a command that says it is made for that. */
import type { Config } from '@oclif/core/config';
import type { BaseCommand } from './base-command.ts';
import type { CommandContext } from './context.ts';
import { errors as doorErrors } from './door/errors.ts';

type Loaded = Pick<typeof BaseCommand, 'remote' | 'execute'> &
  (new (
    ...words: Required<ConstructorParameters<typeof BaseCommand>>
  ) => BaseCommand);

/** @throws E_DOOR_COMMAND */
export async function runCommand(
  config: Config,
  id: string,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const command = (await config.findCommand(id, { must: true }).load()) as unknown as Loaded;
  if (context.remote && !command.remote) throw doorErrors.E_DOOR_COMMAND({ asked: id });
  await command.execute(words, config, context);
}
