/** What `--no-plugins` leaves out of a configuration file: imports that cannot be loaded, plugins that make no engine. Pure. */
import { isOctohostError, messageOf, type ResolvedConfig } from '../../core/index.ts';

/** One import of a module that a text names. */
export interface NamedImport {
  readonly specifier: string;
  /** What is taken of it; `default` among them. */
  readonly names: readonly string[];
}

const importLine = /^[ \t]*import\s+(?:(?!type\b)([\w$*\s{},]+?)\s+from\s+)?['"]([^'"\n]+)['"]/gm;

/** The import declarations of a module, without those of types alone. */
export function importsOf(text: string): NamedImport[] {
  return [...text.matchAll(importLine)].map(([, clause = '', specifier = '']) => ({
    specifier,
    names: namesIn(clause),
  }));
}

function namesIn(clause: string): string[] {
  const [, outside = '', list = ''] = /^([^{]*)(?:\{([^}]*)\})?/.exec(clause) ?? [];
  const isDefault = /^\s*[A-Za-z_$]/.test(outside);
  const listed = list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith('type '))
    .map((one) => one.split(/\s/)[0] as string);
  return [...(isDefault ? ['default'] : []), ...listed];
}

const mark = Symbol.for('octohost.left-out');

/** A module that has these names; each is a factory of what `withoutLeft` takes away. */
export function stubOf(names: readonly string[]): string {
  const exported = names.map((name) => `left as ${name}`).join(', ');
  const text = `const left = Object.assign(function () { return left; }, { [Symbol.for('octohost.left-out')]: true });
export { ${exported} };
`;
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

/** What a configuration file gives, without the plugins of stubs. */
export function withoutLeft(given: unknown): unknown {
  const { plugins } = (given ?? {}) as { plugins?: unknown };
  if (!Array.isArray(plugins)) return given;
  return { ...(given as object), plugins: plugins.filter((plugin) => !isLeft(plugin)) };
}

function isLeft(plugin: unknown): boolean {
  return typeof plugin === 'function' && mark in plugin;
}

/**
 * Without each plugin that takes something wrong with it when it goes, the last of the list first; as it is, where
 * something stays wrong.
 * @param tryOut throws what is wrong with a configuration
 */
export function withoutBroken(
  config: ResolvedConfig,
  tryOut: (config: ResolvedConfig) => void,
): { readonly config: ResolvedConfig; readonly left: readonly string[] } {
  let sound = config;
  let wrong = problemsOf(config, tryOut);
  const left: string[] = [];
  // What is wrong in a setup is seen only when the list itself is right.
  for (let before = -1; before < left.length; ) {
    before = left.length;
    for (const plugin of sound.plugins.toReversed()) {
      if (wrong.length === 0) return { config: sound, left: left.toReversed() };
      const rest = { ...sound, plugins: sound.plugins.filter((one) => one !== plugin) };
      const stillWrong = problemsOf(rest, tryOut);
      if (wrong.every((line) => stillWrong.includes(line))) continue;
      sound = rest;
      wrong = stillWrong;
      left.push(plugin.name);
    }
  }
  return wrong.length === 0 ? { config: sound, left: left.toReversed() } : { config, left: [] };
}

function problemsOf(config: ResolvedConfig, tryOut: (config: ResolvedConfig) => void): readonly string[] {
  try {
    tryOut(config);
    return [];
  } catch (error) {
    return isOctohostError(error) && error.details.length > 0 ? error.details : [messageOf(error)];
  }
}
