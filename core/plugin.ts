/** What a plugin is, what it can do, and how a list of plugins becomes providers and taps. */
import { errors } from './error-catalogue.ts';
import { isOctohostError } from './errors.ts';
import { createHooks, type Hooks, type PluginHooks } from './hooks.ts';
import { commandProblems, type PluginCheck, type PluginCommand } from './plugin-command.ts';
import { type Builder, type RoleName, type Roles, roleCounts } from './roles.ts';

/** Facts of the installation that a plugin may need; all of them are given to core, none is read from the process. */
export interface Installation {
  /** Made once and kept in the store: 8 hexadecimal digits. Everything octohost makes carries it. */
  id(): Promise<string>;
  /** Folder for a plugin's own files; it may not exist yet. Absolute. */
  readonly dataDir: string;
  /** Where the router listens. */
  readonly http: { readonly address: string; readonly port: number };
  /** At the same addresses; the files are absolute, and hold the certificate of sites without one of their own. */
  readonly https: { readonly port: number; readonly certificate?: string; readonly key?: string };
  /** The environment of the process with the config file's `environment` on top. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Roles that have exactly one provider. */
export type OnlyProvider = 'runtime' | 'store' | 'registrar' | 'router';
type OnlyRoles = Pick<Roles, OnlyProvider>;

/** What a plugin gets in its setup. */
export interface PluginApi {
  readonly installation: Installation;
  readonly hooks: PluginHooks;
  /** Becomes the provider of a role. */
  provide<Role extends RoleName>(role: Role, provider: Roles[Role]): void;
  /** The provider of a role that has exactly one. Only after all plugins are set up: in a tap or a provider's method. */
  role<Role extends OnlyProvider>(role: Role): OnlyRoles[Role];
}

/** A factory returns this: `export function myPlugin(options): Plugin`. */
export interface Plugin {
  /** Lower-case words joined by `-`; unique in the list. */
  readonly name: string;
  /** Commands of `octo`. */
  readonly commands?: readonly PluginCommand[];
  /** What can be looked at to tell whether the plugin can work. */
  readonly checks?: readonly PluginCheck[];
  /** Taps hooks and provides roles. Cheap and without I/O: it runs at the start of every command. */
  setup(api: PluginApi): void;
}

/** Types a plugin written as a plain object. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}

/** The providers of a whole engine. */
export interface Providers extends Omit<Roles, 'builder' | 'publisher'> {
  readonly builders: readonly Builder[];
  readonly publisher?: Roles['publisher'];
}

interface Provided {
  role: RoleName;
  plugin: string;
  provider: unknown;
}

/** Sets up all plugins. Every gap and every doubled provider is named at once, before anything runs. */
export function assemble(
  plugins: readonly Plugin[],
  installation: Installation,
): { hooks: Hooks; providers: Providers } {
  const problems = shapeProblems(plugins);
  if (problems.length > 0) throw errors.E_PLUGINS({ problems });

  const hooks = createHooks();
  const provided: Provided[] = [];
  let complete: Providers | undefined;
  for (const plugin of plugins) {
    const api: PluginApi = {
      installation,
      hooks: hooks.forPlugin(plugin.name),
      provide: (role, provider) => void provided.push({ role, plugin: plugin.name, provider }),
      role: (role) => {
        if (!complete) throw errors.E_ROLE_EARLY({ role }, { plugin: plugin.name });
        return (complete as OnlyRoles)[role];
      },
    };
    setUp(plugin, api);
  }
  hooks.seal();

  const gaps = roleProblems(provided);
  if (gaps.length > 0) throw errors.E_PLUGINS({ problems: gaps });
  complete = providersOf(provided);
  return { hooks, providers: complete };
}

function setUp(plugin: Plugin, api: PluginApi): void {
  try {
    const result: unknown = plugin.setup(api);
    if (result instanceof Promise) {
      result.catch(() => {});
      throw new Error('setup is asynchronous; do I/O in a tap or a provider method instead');
    }
  } catch (error) {
    if (isOctohostError(error)) throw error;
    throw errors.E_PLUGIN_SETUP({ plugin: plugin.name, cause: error }, { cause: error });
  }
}

/** What is wrong with the entries of a plugins list, one line each. Pure. */
export function shapeProblems(plugins: readonly unknown[]): string[] {
  const names = new Map<string, number>();
  const problems = plugins.flatMap((plugin, index) => {
    const at = `plugins[${index}]`;
    if (typeof plugin === 'function') return [`${at} is a function: call it, ${plugin.name || 'factory'}().`];
    if (typeof plugin !== 'object' || plugin === null)
      return [`${at} is ${plugin === null ? 'null' : typeof plugin}, not a plugin.`];
    const { name, setup } = plugin as Partial<Plugin>;
    if (typeof name !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
      return [`${at} has no valid name (lower-case words joined by -).`];
    names.set(name, (names.get(name) ?? 0) + 1);
    return typeof setup === 'function' ? [] : [`${at} (${name}) has no setup(api).`];
  });
  const doubled = [...names]
    .filter(([, count]) => count > 1)
    .map(([name, count]) => `The plugin ${name} stands ${count} times in the list.`);
  const found = [...problems, ...doubled];
  return found.length > 0 ? found : commandProblems(plugins as readonly Plugin[]);
}

/** All commands of a plugins list, with the plugin that brings each. @throws E_PLUGINS */
export function pluginCommands(
  plugins: readonly Plugin[],
): { readonly plugin: string; readonly command: PluginCommand }[] {
  const problems = shapeProblems(plugins);
  if (problems.length > 0) throw errors.E_PLUGINS({ problems });
  return plugins.flatMap(({ name, commands = [] }) => commands.map((command) => ({ plugin: name, command })));
}

/** Missing and doubled providers, one line each. Pure. */
export function roleProblems(provided: readonly { role: string; plugin: string }[]): string[] {
  const roles = Object.keys(roleCounts) as RoleName[];
  const unknown = provided
    .filter(({ role }) => !(role in roleCounts))
    .map(
      ({ role, plugin }) => `The plugin ${plugin} provides ${role}, which is no role (${roles.join(', ')}).`,
    );
  const counted = roles.flatMap((role) => {
    const by = provided.filter((entry) => entry.role === role).map(({ plugin }) => plugin);
    const count = roleCounts[role];
    if (by.length === 0 && count !== 'at most one') return [`No plugin provides the role ${role}.`];
    if (by.length > 1 && count !== 'at least one')
      return [`The role ${role} is provided by ${by.join(' and ')}: keep one of them.`];
    return [];
  });
  return [...unknown, ...counted];
}

function providersOf(provided: readonly Provided[]): Providers {
  const all = (role: RoleName) =>
    provided.filter((entry) => entry.role === role).map(({ provider }) => provider);
  const publisher = all('publisher')[0] as Roles['publisher'] | undefined;
  return {
    builders: all('builder') as Builder[],
    runtime: all('runtime')[0] as Roles['runtime'],
    store: all('store')[0] as Roles['store'],
    registrar: all('registrar')[0] as Roles['registrar'],
    router: all('router')[0] as Roles['router'],
    ...(publisher ? { publisher } : {}),
  };
}

/** The text of an options problem, for plugins that check their own options. */
export function optionProblems(error: {
  issues: readonly { path: readonly PropertyKey[]; message: string }[];
}): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`).join('; ');
}
