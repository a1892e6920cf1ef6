/** Where this program is: the sources of a clone, or the compiled files of the package. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** `.ts` where the sources run, `.js` where what was built of them runs. */
export let extension: '.ts' | '.js';

/** The folder of package.json. The build moves code between files, so it is looked for, not counted. */
export let packageRoot: string;

/** The folder that holds the running core, plugins and cli: the clone itself, or `dist`. */
export let sourcesRoot: string;

/** Every file below it is a command. */
export let commandsFolder: string;

/** The command as it is started by others: ssh's forced command, a process in the background. */
export let octoCommand: string;

/** A startup snapshot is taken at one place, and runs where somebody has put it. @param file any file of the running program */
export function placeProgram(file: string): void {
  extension = file.endsWith('.ts') ? '.ts' : '.js';
  packageRoot = packageAbove(dirname(file));
  sourcesRoot = extension === '.ts' ? packageRoot : join(packageRoot, 'dist');
  commandsFolder = join(sourcesRoot, 'cli', 'commands');
  octoCommand = join(packageRoot, 'cli', 'bin', 'octo');
}

placeProgram(import.meta.filename);

/** A clone of the repository, what npm installed, or the tarball, which npm knows nothing of. */
export function kindOfProgram(): 'clone' | 'package' | 'tarball' {
  if (existsSync(join(packageRoot, '.git'))) return 'clone';
  return basename(dirname(packageRoot)) === 'node_modules' ? 'package' : 'tarball';
}

function packageAbove(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (folder === dirname(folder)) throw new Error('there is no package.json above the running program');
  return packageAbove(dirname(folder));
}

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
