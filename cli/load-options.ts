/** What oclif is given to load. */
import type { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { commandsFolder, extension, packageRoot, readPackage } from './program.ts';

type LoadOptions = ConstructorParameters<typeof Config>[0];

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
