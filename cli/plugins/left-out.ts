/** What `--no-plugins` leaves out of a configuration file: imports that cannot be loaded, plugins that make no engine. Pure. */
import { isOctohostError, type ResolvedConfig } from '../../core/index.ts';

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
 * Without each plugin that, when it is gone, makes fewer things wrong; as it is, where some stay wrong.
 * @param tryOut throws what is wrong with a configuration
 */
export function withoutBroken(
  config: ResolvedConfig,
  tryOut: (config: ResolvedConfig) => void,
): { readonly config: ResolvedConfig; readonly left: readonly string[] } {
  let sound = config;
  let wrong = countWrong(config, tryOut);
  const left: string[] = [];
  for (const plugin of config.plugins) {
    if (wrong === 0) return { config: sound, left };
    const rest = { ...sound, plugins: sound.plugins.filter((one) => one !== plugin) };
    const stillWrong = countWrong(rest, tryOut);
    if (stillWrong >= wrong) continue;
    sound = rest;
    wrong = stillWrong;
    left.push(plugin.name);
  }
  return wrong === 0 ? { config: sound, left } : { config, left: [] };
}

function countWrong(config: ResolvedConfig, tryOut: (config: ResolvedConfig) => void): number {
  try {
    tryOut(config);
    return 0;
  } catch (error) {
    return isOctohostError(error) ? Math.max(error.details.length, 1) : 1;
  }
}
