/**
 * Modules of this program that the running process holds already: a startup snapshot has them all. Whatever imports the file of
 * one, a configuration or oclif, gets the one that is held, so that there is one core in a process. The test kit is not
 * held, for it needs a test runner: it comes from its files, with a core of its own.
 */
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extension, sourcesRoot } from './program.ts';

/** By path below the running sources, without extension: `core/index`. A module is loaded when it is first asked for. */
export type Modules = Readonly<Record<string, () => object>>;

/** What a module's text, which is all that Node takes, can reach them by. */
const placeName = 'octohost.modules';
const place = Symbol.for(placeName);
const shared = globalThis as { [place]?: Modules };

/** From here on these stand for their files. */
export function holdModules(modules: Modules): void {
  shared[place] = modules;
}

/** The text of a module that gives on what is held for a file of this program; undefined where nothing is. */
export function heldSource(url: string): string | undefined {
  const held = shared[place];
  if (!held || !url.startsWith('file:')) return undefined;
  const file = fileURLToPath(url);
  const root = `${sourcesRoot}${sep}`;
  if (!file.startsWith(root) || !file.endsWith(extension)) return undefined;
  const name = file.slice(root.length, -extension.length);
  const module = held[name];
  if (!module) return undefined;
  const names = Object.keys(module());
  return [
    `const held = globalThis[Symbol.for('${placeName}')][${JSON.stringify(name)}]();`,
    ...names.map((one) =>
      one === 'default' ? 'export default held.default;' : `export const ${one} = held.${one};`,
    ),
  ].join('\n');
}
