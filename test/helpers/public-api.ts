/** What core/index.ts exports, read from the sources: names, kinds and docstrings. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PublicName {
  readonly name: string;
  /** Relative to the repository. */
  readonly file: string;
  /** A value can be used when the program runs; a type only when it is compiled. */
  readonly kind: 'value' | 'type';
  /** Whether a docstring stands in front of its declaration. */
  readonly documented: boolean;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const clause = /export (type )?(?:(\*)|\{([^}]*)\}) from '([^']+)';/g;

/** Every name that a module gives on, by whatever it is called outside. */
export function publicNames(index = 'core/index.ts'): PublicName[] {
  const text = readFileSync(join(root, index), 'utf8');
  return [...text.matchAll(clause)].flatMap(([, onlyTypes, all, list = '', from = '']) => {
    const file = join(dirname(index), from);
    const declared = declarations(file).filter(({ kind }) => !onlyTypes || kind === 'type');
    if (all) return declared;
    return list
      .split(',')
      .map((entry) => entry.trim().replace(/^type /, ''))
      .filter((entry) => entry !== '')
      .map((entry) => {
        const [inside, outside = inside] = entry.split(' as ');
        const found = declared.find(({ name }) => name === inside);
        if (!found) throw new Error(`${file} declares no ${entry}.`);
        return { ...found, name: outside as string };
      });
  });
}

const declaration = /^export (?:declare )?(?:async )?(function\*?|const|class|interface|type) (\w+)/;

/** Names that were imported, and are part of what the file gives. */
const handedOn = /^export type \{([^}]*)\};/m;

function declarations(file: string): PublicName[] {
  const text = readFileSync(join(root, file), 'utf8');
  const lines = text.split('\n');
  const imported = (handedOn.exec(text)?.[1] ?? '').split(',').flatMap((entry) => {
    const name = entry.trim();
    const from = name && new RegExp(`import [^;]*\\b${name}\\b[^;]*from '([^']+)'`).exec(text)?.[1];
    return from ? declarations(join(dirname(file), from)).filter((one) => one.name === name) : [];
  });
  return imported.concat(
    lines.flatMap((line, index): PublicName[] => {
      const [, keyword = '', name = ''] = declaration.exec(line) ?? [];
      if (name === '') return [];
      const kind = keyword === 'interface' || keyword === 'type' ? 'type' : 'value';
      return [{ name, file, kind, documented: isDocumented(lines, index) }];
    }),
  );
}

/** Lines for the linter may stand between. */
function isDocumented(lines: readonly string[], index: number): boolean {
  const before = lines.slice(0, index).findLast((line) => !line.startsWith('// biome-ignore'));
  return before?.trimEnd().endsWith('*/') ?? false;
}
