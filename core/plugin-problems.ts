/** What is wrong with a list of plugins and with what they provide, one line each. Pure. */
import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';
import { apiVersion } from './api-version.ts';
import { commandProblems, type WithCommands } from './plugin-command.ts';
import { type RoleName, type Roles, roleCounts } from './roles.ts';

const roleNames = Object.keys(roleCounts) as RoleName[];

type RequiredMember<Provider> = keyof {
  [Member in keyof Provider as undefined extends Provider[Member] ? never : Member]: true;
};

/** What every provider of a role has; the compiler asks for every member that is not optional. */
const roleMembers: { readonly [Role in RoleName]: Readonly<Record<RequiredMember<Roles[Role]>, true>> } = {
  builder: { builds: true, accepts: true, declares: true, build: true, has: true, discard: true, list: true },
  runtime: {
    start: true,
    guardedPaths: true,
    keep: true,
    rename: true,
    run: true,
    runAttended: true,
    tasks: true,
    inspect: true,
    foreign: true,
    list: true,
    exec: true,
    execAttended: true,
    stop: true,
    logs: true,
    watch: true,
    volumes: true,
    removeVolume: true,
  },
  store: { get: true, list: true, unusable: true, transact: true, watch: true, close: true },
  registrar: { register: true, deregister: true, list: true, unusable: true, watch: true },
  router: { render: true, prepare: true, isInForce: true, apply: true, drained: true, serves: true },
  publisher: { publish: true, pull: true },
};

const missingMembers = (role: RoleName, value: object) =>
  Object.keys(roleMembers[role]).filter((member) => !(member in value));

/** What is wrong with the entries of a plugins list. */
export function shapeProblems(plugins: readonly unknown[]): string[] {
  const problems = plugins.flatMap((plugin, index) => entryProblems(plugin, `plugins[${index}]`));
  const found = [...problems, ...doubledNames(plugins)];
  return found.length > 0 ? found : commandProblems(plugins as readonly WithCommands[]);
}

function entryProblems(plugin: unknown, at: string): string[] {
  if (typeof plugin === 'function') return [`${at} is a function: call it, ${plugin.name || 'factory'}().`];
  if (Array.isArray(plugin)) return [`${at} is an array: spread it, ...entry.`];
  if (typeof plugin !== 'object' || plugin === null)
    return [`${at} is ${plugin === null ? 'null' : typeof plugin}, not a plugin.`];
  if (plugin instanceof Promise) return [`${at} is a promise: write await in front of it.`];
  const role = roleOf(plugin);
  if (role && !('setup' in plugin))
    return [
      `${at} is a ${role}, not a plugin: { name: 'my-${role}', setup: ({ provide }) => provide('${role}', entry) }.`,
    ];
  const { name, setup, api } = plugin as { name?: unknown; setup?: unknown; api?: unknown };
  if (typeof name !== 'string' || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    return [`${at} has no valid name (lower-case words joined by -).`];
  const { siteFile } = plugin as {
    siteFile?: { says?: unknown; schema?: { '~standard'?: { validate?: unknown } } };
  };
  const hasSchema = siteFile === undefined || typeof siteFile?.schema?.['~standard']?.validate === 'function';
  return [
    ...(typeof setup === 'function' ? [] : [`${at} (${name}) has no setup(api).`]),
    ...(hasSchema
      ? []
      : [
          `${at} (${name}) has a siteFile without a schema: siteFile: { says: '…', schema: z.object({ … }) }.`,
        ]),
    ...(api === undefined ? [] : rangeProblems(`${at} (${name})`, api)),
  ];
}

function rangeProblems(plugin: string, range: unknown): string[] {
  if (typeof range !== 'string' || validRange(range) === null)
    return [
      `${plugin} needs the API ${JSON.stringify(range)}, which is no range: write api: '^${apiVersion}'.`,
    ];
  if (satisfies(apiVersion, range)) return [];
  return [`${plugin} needs the API ${range}, and this octohost has ${apiVersion}.`];
}

function doubledNames(plugins: readonly unknown[]): string[] {
  const names = plugins.flatMap((plugin) => {
    const name = (plugin as { name?: unknown } | null | undefined)?.name;
    return typeof plugin === 'object' && typeof name === 'string' ? [name] : [];
  });
  return [...Map.groupBy(names, (name) => name)]
    .filter(([, same]) => same.length > 1)
    .map(([name, same]) => `The plugin ${name} stands ${same.length} times in the list.`);
}

/** The role whose provider this has every member of. */
function roleOf(value: object): RoleName | undefined {
  return roleNames.find((role) => missingMembers(role, value).length === 0);
}

/** A role and who provides it. */
export interface ProvidedRole {
  readonly role: string;
  readonly plugin: string;
}

/** Roles without a provider. */
export function missingProviders(provided: readonly ProvidedRole[]): string[] {
  return roleNames
    .filter((role) => roleCounts[role] !== 'at most one' && provided.every((entry) => entry.role !== role))
    .map((role) => `No plugin provides the role ${role}.`);
}

/** Roles that do not exist, and those with a provider too many. */
export function surplusProviders(provided: readonly ProvidedRole[]): string[] {
  const unknown = provided
    .filter(({ role }) => !Object.hasOwn(roleCounts, role))
    .map(
      ({ role, plugin }) =>
        `The plugin ${plugin} provides ${role}, which is no role (${roleNames.join(', ')}).`,
    );
  const doubled = roleNames.flatMap((role) => {
    const by = provided.filter((entry) => entry.role === role).map(({ plugin }) => plugin);
    return by.length > 1 && roleCounts[role] !== 'at least one'
      ? [`The role ${role} is provided by ${by.join(' and ')}: keep one of them.`]
      : [];
  });
  return [...unknown, ...doubled];
}

/** Providers that cannot be what they are given as. */
export function providerProblems(provided: readonly (ProvidedRole & { provider: unknown })[]): string[] {
  return provided.flatMap(({ role, plugin, provider }) => {
    if (!Object.hasOwn(roleCounts, role)) return [];
    const given = `The plugin ${plugin} provides as ${role}`;
    if (typeof provider !== 'object' || provider === null)
      return [`${given} ${provider === null ? 'null' : `a ${typeof provider}`}, not an object.`];
    const missing = missingMembers(role as RoleName, provider);
    if (missing.length === 0) return [];
    const other = roleOf(provider);
    return [
      other
        ? `${given} a ${other}: write provide('${other}', …).`
        : `${given} an object without ${missing.join(', ')}.`,
    ];
  });
}
