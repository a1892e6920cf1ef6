/** Where this program is: the sources of a clone, or the compiled files of the package. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `.ts` where the sources run, `.js` where what was built of them runs. */
export const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js';

/** The folder of package.json. The build moves code between files, so it is looked for, not counted. */
export const packageRoot = packageAbove(import.meta.dirname);

/** The folder that holds the running core, plugins and cli: the clone itself, or `dist`. */
export const sourcesRoot = extension === '.ts' ? packageRoot : join(packageRoot, 'dist');

/** Every file below it is a command. */
export const commandsFolder = join(sourcesRoot, 'cli', 'commands');

/** The command as it is started by others: ssh's forced command, a process in the background. */
export const octoCommand = join(packageRoot, 'cli', 'bin', 'octo');

/** A clone of the repository, what npm installed, or the tarball, which npm knows nothing of. */
export function kindOfProgram(): 'clone' | 'package' | 'tarball' {
  if (existsSync(join(packageRoot, '.git'))) return 'clone';
  return basename(dirname(packageRoot)) === 'node_modules' ? 'package' : 'tarball';
}

function packageAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageAbove(dirname(folder));
}

/** The file that `octo` starts. */
export const mainFile = join(sourcesRoot, 'cli', 'bin', `main${extension}`);

/** What is read of package.json. */
export interface PackageFacts {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly oclif: Readonly<Record<string, unknown>>;
}

export function readPackage(): PackageFacts {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as PackageFacts;
}

const publicModule = /^octohost\/plugins\/([a-z0-9]+(?:-[a-z0-9]+)*)$/;

/**
 * The file of this very program that a bare `octohost…` import means, as a URL; undefined for any other import.
 * Pure, but for where this file is.
 */
export function ownModule(specifier: string): string | undefined {
  const parts =
    specifier === 'octohost'
      ? ['core', 'index']
      : specifier === 'octohost/testing'
        ? ['test', 'testing']
        : publicModule.test(specifier)
          ? ['plugins', publicModule.exec(specifier)?.[1] as string, 'index']
          : undefined;
  return parts && `${pathToFileURL(join(sourcesRoot, ...parts)).href}${extension}`;
}
