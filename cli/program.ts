/** Where this program is: the sources of a clone, or the compiled files of the package. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const here = import.meta.filename;

/** `.ts` in a clone, `.js` in the package. */
export const extension = here.endsWith('.ts') ? '.ts' : '.js';

/** The folder that holds core, plugins and cli: the clone itself, or the package's `dist`. */
export const sourcesRoot = dirname(dirname(here));

/** The folder of package.json. */
export const packageRoot = extension === '.ts' ? sourcesRoot : dirname(sourcesRoot);

/** The file that `octo` starts. */
export const mainFile = join(sourcesRoot, 'cli', 'bin', `main${extension}`);

/** What is read of package.json. */
export interface PackageFacts {
  readonly version: string;
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
