/** A plugin's command never takes the place of one of octohost's own. Pure. */
import { errors as coreErrors, type pluginCommands } from '../core/index.ts';

/**
 * @param isBuiltIn whether octohost has a command, or another name of one
 * @throws E_PLUGINS naming each command that octohost has itself, and its plugin
 */
export function refuseClashes(
  commands: ReturnType<typeof pluginCommands>,
  isBuiltIn: (name: string) => boolean,
): void {
  const problems = commands
    .filter(({ command }) => isBuiltIn(command.name))
    .map(
      ({ plugin, command }) =>
        `The command ${command.name} of the plugin ${plugin} is one of octohost's own: give it another name.`,
    );
  if (problems.length > 0) throw coreErrors.E_PLUGINS({ problems });
}
