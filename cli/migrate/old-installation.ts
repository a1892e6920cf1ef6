/** What the settings file of the original octohost says, as a configuration of today. Pure. */
import type { Allowance } from '../../core/index.ts';
import type { Assignments } from './shell-assignments.ts';

/** Where the state of the new installation is. */
export type StatePlace = 'consul' | 'embedded';

/** What there is to write into a configuration. */
export interface OldInstallation {
  readonly domainSuffix?: string;
  readonly extraSuffixes: readonly string[];
  readonly dockerHost?: string;
  readonly consul: {
    readonly address: string;
    readonly prefix: string;
    /** Secret: never in the configuration itself. */
    readonly token?: string;
  };
  readonly registry?: { readonly registry: string; readonly repository?: string };
  /** What has no counterpart, and what to do instead. */
  readonly remarks: readonly string[];
}

/** Settings without a counterpart: what does today what they did. */
const instead: Readonly<Record<string, string>> = {
  BUILD_ORG_NAME: 'images are called octohost/<site> today; nobody has to name them',
  LINK_PREFIX: 'a link is asked for by the site’s own name: # LINK_SERVICE <name> [<site>]',
  EMAIL_NOTIFICATION:
    "the plugin notify mails what failed: notify({ mail: { host: 'localhost', security: 'none', from: …, to: … } })",
  PUBLIC_IP: 'nginx listens at every address; http.address narrows it down',
  PRIVATE_IP:
    'containers listen on loopback; instances.address says otherwise where routers of other hosts need them',
  SRC_DIR: 'sources are in the repositories that are pushed; push each site once to have it here',
  LOGSPOUT_TARGET: 'a log driver of Docker ships logs, or octo logs SITE -f | logger -n HOST',
  REMOTE_SYSLOG_PORT: 'octo logs SITE -f | logger -n HOST -P PORT',
  REMOTE_SYSLOG_DESTINATION: 'octo logs SITE -f | logger -n HOST -P PORT',
};

const used = [
  'DOMAIN_SUFFIX',
  'XIP_IO',
  'PRIVATE_REGISTRY',
  'CONSUL_SERVER',
  'CONSUL_PREFIX',
  'CONSUL_TOKEN',
  'DOCKER_HOST',
] as const;

export function oldInstallation({ values, unread }: Assignments): OldInstallation {
  const value = (key: (typeof used)[number]) => values.get(key)?.trim() || undefined;
  const [domainSuffix, suffix, dockerHost, token] = [
    value('DOMAIN_SUFFIX'),
    value('XIP_IO'),
    value('DOCKER_HOST'),
    value('CONSUL_TOKEN'),
  ];
  const registry = registryOf(value('PRIVATE_REGISTRY'));
  return {
    ...(domainSuffix ? { domainSuffix } : {}),
    extraSuffixes: suffix ? [suffix] : [],
    ...(dockerHost ? { dockerHost } : {}),
    consul: {
      address: consulAddress(value('CONSUL_SERVER')),
      prefix: value('CONSUL_PREFIX')?.replaceAll(/^\/+|\/+$/g, '') || 'octohost',
      ...(token ? { token } : {}),
    },
    ...(registry ? { registry } : {}),
    remarks: [
      ...unread.map(
        ({ line, name, because }) => `line ${line}${name ? ` (${name})` : ''} is not read: ${because}`,
      ),
      ...[...values.keys()].flatMap(remarkOf),
    ],
  };
}

function remarkOf(key: string): string[] {
  const known: readonly string[] = used;
  if (known.includes(key)) return [];
  return [`${key} has no counterpart: ${instead[key] ?? 'octohost does not know it'}`];
}

/** A host, with a port or without; the original spoke HTTP to 8500. */
function consulAddress(server = '127.0.0.1'): string {
  if (/^https?:\/\//.test(server)) return server.replace(/\/+$/, '');
  return `http://${/:\d+$/.test(server) ? server : `${server}:8500`}`;
}

/** `registry:5000`, `registry.example.com/team`, with a scheme or without. */
function registryOf(text: string | undefined): OldInstallation['registry'] {
  if (text === undefined) return undefined;
  const [registry = '', ...path] = text
    .replace(/^https?:\/\//, '')
    .split('/')
    .filter((part) => part !== '');
  return { registry, ...(path.length > 0 ? { repository: path.join('/') } : {}) };
}

/** Where the token of Consul is kept, beside the configuration, for nobody but its user. */
export const tokenFileOf = (configFile: string) => configFile.replace(/[^/]*$/, 'consul.token');

/** The text of `octohost.config.ts`. @param configFile its absolute path */
export function configText(
  old: OldInstallation,
  place: StatePlace,
  allow: readonly Allowance[],
  configFile: string,
): string {
  const { domainSuffix, extraSuffixes, dockerHost, consul, registry } = old;
  const factories = [
    'dockerfileBuilder',
    'imageBuilder',
    'dockerRuntime',
    ...(place === 'consul' ? ['consul'] : ['embeddedStore', 'embeddedRegistrar']),
    'nginxRouter',
    ...(registry ? ['registryPublisher'] : []),
  ];
  const options: Readonly<Record<string, object | undefined>> = {
    consul: {
      address: consul.address,
      prefix: consul.prefix,
      ...(consul.token === undefined ? {} : { tokenFile: tokenFileOf(configFile) }),
    },
    registryPublisher: registry,
  };
  const call = (factory: string) => `${factory}(${options[factory] ? literal(options[factory]) : ''})`;
  return [
    "import { defineConfig } from 'octohost';",
    ...factories.map((factory) => `import { ${factory} } from 'octohost/plugins/${folderOf(factory)}';`),
    '',
    '// Made by octo migrate of the settings of the original octohost.',
    'export default defineConfig({',
    ...(domainSuffix === undefined ? [] : [`  domainSuffix: ${literal(domainSuffix)},`]),
    ...(extraSuffixes.length > 0 ? [`  extraSuffixes: ${literal(extraSuffixes)},`] : []),
    ...(dockerHost === undefined ? [] : [`  environment: ${literal({ DOCKER_HOST: dockerHost })},`]),
    ...(allow.length > 0
      ? [
          '  // What the containers of before have of the host and of each other: take away what a site may lose.',
          '  allow: [',
          ...allow.map((rule) => `    ${ruleText(rule)},`),
          '  ],',
        ]
      : []),
    '  plugins: [',
    ...factories.map((factory) => `    ${call(factory)},`),
    '  ],',
    '});',
    '',
  ].join('\n');
}

function folderOf(factory: string): string {
  return factory.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A rule as a configuration has it, without what it does not give. Pure. */
export function ruleText(rule: Allowance): string {
  const given = Object.fromEntries(
    Object.entries(rule).filter(
      ([, value]) => value !== false && !(Array.isArray(value) && value.length === 0),
    ),
  );
  return literal(given);
}

/** JSON is TypeScript, but for a line separator in a text; what it quotes, no text can leave. */
function literal(value: unknown): string {
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
