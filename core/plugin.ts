/** What a plugin is, what it can do, and how a list of plugins becomes providers and taps. */
import { errors } from './error-catalogue.ts';
import { isOctohostError, type OctohostError } from './errors.ts';
import type { SiteName } from './grammar.ts';
import { createHooks, type Hooks, type PluginHooks } from './hooks.ts';
import type { Part } from './parts.ts';
import { checkProblems, type PluginCheck, type PluginCommand } from './plugin-command.ts';
import { missingProviders, providerProblems, shapeProblems, surplusProviders } from './plugin-problems.ts';
import type { Instance } from './release.ts';
import type { Builder, RoleName, Roles, Store } from './roles.ts';
import { readPluginValue, type SiteFileKey } from './site-file-key.ts';

/** Facts of the installation that a plugin may need; all of them are given to core, none is read from the process. */
export interface Installation {
  /** Made once and kept in the store: 8 hexadecimal digits. Everything octohost makes carries it. */
  id(): Promise<string>;
  /**
   * Instances of one site or of all that somebody else had started and that octohost took over: a runtime cannot know
   * them by labels of its own.
   */
  adopted(site?: SiteName): Promise<readonly Instance[]>;
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
export interface PluginApi<Told = unknown> {
  readonly installation: Installation;
  readonly hooks: PluginHooks;
  /** Becomes the provider of a role. */
  provide<Role extends RoleName>(role: Role, provider: Roles[Role]): void;
  /** What it works with, told by `octo version`. */
  part(part: Part): void;
  /** What can be looked at to tell whether it can work, for `octo doctor`. */
  check(check: PluginCheck): void;
  /** The provider of a role that has exactly one. Only after all plugins are set up: in a tap or a provider's method. */
  role<Role extends OnlyProvider>(role: Role): OnlyRoles[Role];
  /**
   * What the site file says under the plugin's own name, as its schema gives it: that of the push while one is deployed,
   * else of the current release. Undefined where it says nothing. Rejects where an upgraded schema refuses it.
   */
  told(site: SiteName): Promise<Told | undefined>;
}

/** A factory returns this: `export function myPlugin(options): Plugin`. */
export interface Plugin<Told = unknown> {
  /** Lower-case words joined by `-`; unique in the list. */
  readonly name: string;
  /** Versions of the public API that it runs under, as a semantic range: `'^1.0.0'`. Left out: any. */
  readonly api?: string;
  /** Of its package, for `octo plugins`. */
  readonly version?: string;
  /** Commands of `octo`. */
  readonly commands?: readonly PluginCommand[];
  /** What repositories may tell it, under `plugins` and its name in the site file. */
  readonly siteFile?: SiteFileKey<Told>;
  /** Taps hooks and provides roles. Cheap and without I/O: it runs at the start of every command. */
  setup(api: PluginApi<Told>): void;
}

/** Types a plugin written as a plain object; what `told` gives is typed by the schema of `siteFile`. */
export function definePlugin<Told = unknown>(plugin: Plugin<Told>): Plugin {
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

/** What plugins are given beside the facts of the installation. */
interface Given {
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number;
  /** What a site file says to plugins, by their names. */
  toldOf(site: SiteName): Promise<Readonly<Record<string, unknown>>>;
  /** What everybody uses the store through, plugins too. */
  readonly guard?: (store: Store) => Store;
}

/** What a plugin taps, provides and can look at. */
export interface PluginUse {
  readonly plugin: string;
  /** Each once, in the order in which they were tapped. */
  readonly hooks: readonly string[];
  readonly roles: readonly RoleName[];
  /** In the order in which they were given. */
  readonly checks: readonly PluginCheck[];
}

interface Assembled {
  readonly hooks: Hooks;
  readonly providers: Providers;
  /** In the order of the list. */
  readonly uses: readonly PluginUse[];
  readonly parts: readonly Part[];
}

/** Sets up all plugins. Whatever is wrong with any of them is named at once, before anything runs. */
export function assemble(
  plugins: readonly Plugin[],
  installation: Installation,
  given: Given = { toldOf: async () => ({}) },
): Assembled {
  const problems = shapeProblems(plugins);
  if (problems.length > 0) throw errors.E_PLUGINS({ problems });

  const hooks = createHooks(given.now);
  const provided: Provided[] = [];
  const parts: Part[] = [];
  const checks: { plugin: string; check: PluginCheck }[] = [];
  const failures: OctohostError[] = [];
  let complete: Providers | undefined;
  for (const plugin of plugins) {
    const api: PluginApi = {
      installation,
      hooks: hooks.forPlugin(plugin.name),
      provide: (role, provider) => void provided.push({ role, plugin: plugin.name, provider }),
      part: (part) => void parts.push(part),
      check: (check) => void checks.push({ plugin: plugin.name, check }),
      role: (role) => {
        if (!complete) throw errors.E_ROLE_EARLY({ role }, { plugin: plugin.name });
        return (complete as OnlyRoles)[role];
      },
      async told(site) {
        const { [plugin.name]: said } = await given.toldOf(site);
        if (said === undefined || !plugin.siteFile) return undefined;
        return readPluginValue(plugin.name, plugin.siteFile, said);
      },
    };
    const failure = setUp(plugin, api);
    if (failure) failures.push(failure);
  }
  hooks.seal();

  refuse(failures, [
    ...hooks.unknown(),
    ...surplusProviders(provided),
    ...providerProblems(provided),
    ...checkProblems(checks),
  ]);
  const gaps = missingProviders(provided);
  if (gaps.length > 0) throw errors.E_PLUGINS({ problems: gaps });
  complete = providersOf(provided, given.guard);
  const uses = plugins.map(({ name }) => ({
    plugin: name,
    hooks: hooks.tappedBy(name),
    roles: provided.filter(({ plugin }) => plugin === name).map(({ role }) => role),
    checks: checks.filter(({ plugin }) => plugin === name).map(({ check }) => check),
  }));
  return { hooks, providers: complete, uses, parts };
}

/** A plugin that says alone what is wrong keeps its own error, with its code and its hint. */
function refuse(failures: readonly OctohostError[], problems: readonly string[]): void {
  const [only] = failures;
  if (only && failures.length === 1 && problems.length === 0) throw only;
  if (failures.length + problems.length === 0) return;
  throw errors.E_PLUGINS({ problems: [...failures.map(({ message }) => message), ...problems] });
}

function setUp(plugin: Plugin, api: PluginApi): OctohostError | undefined {
  try {
    const result: unknown = plugin.setup(api);
    if (!(result instanceof Promise)) return undefined;
    result.catch(() => {});
    throw new Error('setup is asynchronous; do I/O in a tap or a provider method instead');
  } catch (error) {
    if (isOctohostError(error)) return error;
    return errors.E_PLUGIN_SETUP({ plugin: plugin.name, cause: error }, { cause: error });
  }
}

/** All commands of a plugins list, with the plugin that brings each. @throws E_PLUGINS */
export function pluginCommands(
  plugins: readonly Plugin[],
): { readonly plugin: string; readonly command: PluginCommand }[] {
  const problems = shapeProblems(plugins);
  if (problems.length > 0) throw errors.E_PLUGINS({ problems });
  return plugins.flatMap(({ name, commands = [] }) => commands.map((command) => ({ plugin: name, command })));
}

function providersOf(provided: readonly Provided[], guard: Given['guard'] = (store) => store): Providers {
  const all = (role: RoleName) =>
    provided.filter((entry) => entry.role === role).map(({ provider }) => provider);
  const publisher = all('publisher')[0] as Roles['publisher'] | undefined;
  return {
    builders: all('builder') as Builder[],
    runtime: all('runtime')[0] as Roles['runtime'],
    store: guard(all('store')[0] as Store),
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
