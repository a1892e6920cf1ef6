/** What a code means and what to do about it: from the guides and from the catalogues, which say each thing once. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { definedErrors, type OctohostError } from '../core/index.ts';
import { mapOwnModules } from './config-file.ts';
import { ownModule, packageRoot } from './program.ts';

/** One code. */
export interface ErrorGuide {
  readonly code: string;
  /** When it comes up, in the words of its guide. */
  readonly means: string;
  /** What it says, with `<name>` in the place of each fact. */
  readonly message: string;
  /** What it tells to do next, with `<name>` in the place of each fact. */
  readonly hint: string;
  readonly exit: number;
  /** Where its guide is: `cli/README.md`. */
  readonly guide: string;
}

const guideFiles = ['cli/README.md', 'plugins/*/README.md'];

/** Undefined for a code that no guide has. Loads the plugin that has it. */
export async function guideTo(code: string): Promise<ErrorGuide | undefined> {
  const found = guides()
    .map(({ file, text }) => ({ file, means: meaningIn(text, code) }))
    .find(({ means }) => means !== undefined);
  if (found?.means === undefined) return undefined;
  await loadCatalogues(pluginsNaming(code));
  const factory = definedErrors.get(code);
  const { message, hint, exit } = factory
    ? withPlaceholders(factory)
    : { message: found.means, hint: `See ${found.file}.`, exit: 1 };
  return { code, means: found.means, message, hint, exit, guide: found.file };
}

/** Every code that a guide has, sorted. */
export function knownCodes(): string[] {
  return [...new Set(guides().flatMap(({ text }) => codesIn(text)))].toSorted();
}

function guides(): { file: string; text: string }[] {
  return globSync(guideFiles, { cwd: packageRoot })
    .toSorted()
    .map((file) => ({ file, text: readFileSync(join(packageRoot, file), 'utf8') }));
}

/** The words beside a code in the table of a guide: `` | `E_X`, `E_Y` | words | ``. Pure. */
export function meaningIn(guide: string, code: string): string | undefined {
  for (const line of guide.split('\n')) {
    const [, first, second] = cellsOf(line);
    if (first?.match(/`E_[A-Z0-9_]+`/g)?.includes(`\`${code}\``)) return second?.trim();
  }
  return undefined;
}

/** Codes that the tables of a guide explain. Pure. */
export function codesIn(guide: string): string[] {
  return guide
    .split('\n')
    .flatMap((line) =>
      [...(cellsOf(line)[1] ?? '').matchAll(/`(E_[A-Z0-9_]+)`/g)].map((match) => match[1] ?? ''),
    );
}

function cellsOf(line: string): string[] {
  return line.startsWith('|') ? line.split(/(?<!\\)\|/) : [];
}

function pluginsNaming(code: string): string[] {
  return guides().flatMap(({ file, text }) => {
    const [, plugin] = /^plugins\/([^/]+)\/README\.md$/.exec(file) ?? [];
    return plugin && meaningIn(text, code) !== undefined ? [plugin] : [];
  });
}

/** A catalogue is known once its module is loaded. */
async function loadCatalogues(plugins: readonly string[]): Promise<void> {
  mapOwnModules();
  await Promise.all([
    import('./errors.ts'),
    import('./door/errors.ts'),
    import('./backup/errors.ts'),
    import('./move/errors.ts'),
    import('./setup/errors.ts'),
    import('./dev/errors.ts'),
    import('./dev/program-errors.ts'),
    ...plugins.map((plugin) => import(ownModule(`octohost/plugins/${plugin}`) as string)),
  ]);
}

/** Facts that tell their own names, in each of the shapes that a text may ask for. */
const shapes = [
  (name: string) => `<${name}>`,
  (name: string) => [`<${name}>`],
  (name: string) => new Error(`<${name}>`),
] as const;

/** The texts of an error that never happened. Pure. */
export function withPlaceholders(factory: (facts: never) => OctohostError): OctohostError {
  const chosen = new Map<string, number>();
  let asked = '';
  const facts = new Proxy(
    {},
    {
      get(_, name) {
        asked = String(name);
        return shapes[chosen.get(asked) ?? 0]?.(asked);
      },
    },
  );
  for (;;) {
    try {
      return factory(facts as never);
    } catch (error) {
      const next = (chosen.get(asked) ?? 0) + 1;
      if (next >= shapes.length) throw error;
      chosen.set(asked, next);
    }
  }
}
