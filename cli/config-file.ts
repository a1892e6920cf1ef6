/** Finds and loads the operator's configuration. It is code, so only fixed places are looked at, never the current folder. */
import { readFileSync } from 'node:fs';
import { isBuiltin, registerHooks, stripTypeScriptTypes } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultLoaders } from 'cosmiconfig';
import { errors, isOctohostError, messageOf, type ResolvedConfig, resolveConfig } from '../core/index.ts';
import { exists } from './exists.ts';
import { heldSource } from './held-modules.ts';
import { type AddedPlugins, foldersName } from './plugins/added.ts';
import { importsOf, stubOf, withoutLeft } from './plugins/left-out.ts';
import { loadAdded } from './plugins/load.ts';
import { useAdded } from './plugins/uses.ts';
import { extension, ownModule, sourcesRoot } from './program.ts';

/** Where the configuration is looked for when nobody names it, best first. */
export function configPlaces(): readonly string[] {
  return ['/etc/octohost/octohost.config.ts', join(sourcesRoot, `octohost.config${extension}`)];
}

export interface ConfigRequest {
  /** What `--config` names. */
  readonly flag?: string | undefined;
  /** What OCTOHOST_CONFIG names. */
  readonly variable?: string | undefined;
  /** Relative names start here. */
  readonly cwd: string;
}

/**
 * The absolute path of the configuration file: the flag, else the variable, else the first place that has one.
 * @param places looked at in order when none is named
 * @throws E_CONFIG_MISSING
 */
export async function findConfigFile(
  request: ConfigRequest,
  places: readonly string[] = configPlaces(),
): Promise<string> {
  const named = request.flag || request.variable;
  const candidates = named ? [resolve(request.cwd, named)] : places;
  for (const file of candidates) if (await exists(file)) return file;
  throw errors.E_CONFIG_MISSING({ file: candidates[0] ?? '' });
}

/**
 * Loads and checks a configuration: .ts, .mts, .js, .mjs, .cjs, .json, .yaml or .yml, and after its plugins those that
 * were added.
 * @param options.added false: without them; a list: these instead
 * @throws E_CONFIG with the file and what is wrong with it; E_PLUGIN_ADDED
 */
export async function loadConfigFile(
  file: string,
  options: { readonly added?: boolean | AddedPlugins } = {},
): Promise<ResolvedConfig> {
  const config = resolveConfig(await importConfig(file), file);
  const { added = true } = options;
  return added === false ? config : withAdded(config, added === true ? await useAdded(file) : added);
}

/**
 * As it is without what was added and without modules that it imports and that cannot be loaded: what they would have made
 * is taken out of its plugins. Returns their names, too.
 * @throws E_CONFIG
 */
export async function loadWithoutBroken(
  file: string,
): Promise<{ readonly config: ResolvedConfig; readonly left: readonly string[] }> {
  if (isData(file)) return { config: await loadConfigFile(file, { added: false }), left: [] };
  mapOwnModules();
  leaving.parent = pathToFileURL(file).href;
  for (const { specifier, names } of importsOf(await readText(file))) {
    if (ownModule(specifier) || isBuiltin(specifier)) continue;
    if (!(await isWhole(specifier, names))) leaving.stubs.set(specifier, stubOf(names));
  }
  try {
    const { default: given } = (await import(`${leaving.parent}?without`)) as { default: unknown };
    return { config: resolveConfig(withoutLeft(given), file), left: [...leaving.stubs.keys()] };
  } catch (cause) {
    if (isOctohostError(cause)) throw cause;
    throw errors.E_CONFIG({ file, problems: problemLines(cause, file) }, { cause });
  } finally {
    leaving.stubs.clear();
  }
}

/** Imports of the configuration file, whose URL is `parent`, that something else stands for. */
const leaving = { parent: '', stubs: new Map<string, string>() };
/** Before a specifier: as the configuration file would find it. */
const asConfig = 'octohost-config-import:';

async function isWhole(specifier: string, names: readonly string[]): Promise<boolean> {
  try {
    const found = (await import(`${asConfig}${specifier}`)) as object;
    return names.every((name) => name in found);
  } catch {
    return false;
  }
}

/** @throws E_PLUGIN_ADDED */
export async function withAdded(config: ResolvedConfig, list: AddedPlugins): Promise<ResolvedConfig> {
  return { ...config, plugins: [...config.plugins, ...(await loadAdded(config.file, list))] };
}

async function importConfig(file: string): Promise<unknown> {
  mapOwnModules();
  // Only cosmiconfig's loaders: its search, and even the call of cosmiconfig(), runs what lies in the current folder.
  const loaders = { ...defaultLoaders, '.mts': defaultLoaders['.ts'] };
  const load = loaders[extname(file) as keyof typeof loaders];
  if (!load) {
    const endings = Object.keys(loaders).filter((ending) => ending.startsWith('.'));
    throw errors.E_CONFIG({ file, problems: [`Its name must end in ${endings.join(', ')}.`] });
  }
  try {
    return await load(file, isData(file) ? await readText(file) : '');
  } catch (cause) {
    if (isOctohostError(cause)) throw cause;
    throw errors.E_CONFIG({ file, problems: problemLines(cause, file) }, { cause });
  }
}

const isData = (file: string) => ['.json', '.yaml', '.yml'].includes(extname(file));

async function readText(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(file, 'utf8');
}

/** The message, and the place in the file where the stack tells it: Node keeps a syntax error's out of the message. */
function problemLines(cause: unknown, file: string): string[] {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const start = stack.indexOf(`${file}:`);
  const place = start === -1 ? undefined : /^\S+:\d+/.exec(stack.slice(start))?.[0];
  return place ? [messageOf(cause), `at ${place}`] : [messageOf(cause)];
}

const addedSource = new RegExp(`^file:.*/${foldersName}/[^/]+/node_modules/.*\\.m?ts$`);
let mapped = false;

/** From here on a bare `octohost` import means the running program, wherever the importing file lies. */
export function mapOwnModules(): void {
  if (mapped) return;
  mapped = true;
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith(asConfig))
        return next(specifier.slice(asConfig.length), { ...context, parentURL: leaving.parent });
      const result = next(leaving.stubs.get(specifier) ?? ownModule(specifier) ?? specifier, context);
      // Without a package.json beside it Node would guess the format, and warn about it.
      if (/\.ts(?:\?|$)/.test(result.url) && !result.format && !result.url.includes('/node_modules/'))
        return { ...result, format: 'module-typescript' };
      return result;
    },
    // Node strips the types of no package; those that were added run from their sources, as the configuration file does.
    load(url, context, next) {
      const held = heldSource(url);
      if (held !== undefined) return { format: 'module', source: held, shortCircuit: true };
      if (!addedSource.test(url)) return next(url, context);
      const source = stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'));
      return { format: 'module', source, shortCircuit: true };
    },
  });
}
