/** What a private instance keeps in its folder, and what is written there. Pure. */
import { join } from 'node:path';

/** Paths below the folder of a private instance. */
export function instanceLayout(dir: string) {
  return {
    dir,
    /** Everything that an instance makes in its folder. */
    names: ['instance.json', 'octohost.config.ts', 'data', 'engine', 'ssh', 'consul'],
    record: join(dir, 'instance.json'),
    config: join(dir, 'octohost.config.ts'),
    data: join(dir, 'data'),
    engine: join(dir, 'engine'),
    ssh: join(dir, 'ssh'),
    consul: join(dir, 'consul'),
    authorizedKeys: join(dir, 'ssh', 'authorized_keys'),
    sshdConfig: join(dir, 'ssh', 'sshd_config'),
    key: join(dir, 'ssh', 'id_ed25519'),
    knownHosts: join(dir, 'ssh', 'known_hosts'),
    nginxPid: join(dir, 'data', 'nginx', 'nginx.pid'),
  } as const;
}

/** What `octo dev:up` prints. */
export interface Instance {
  /** `{site}` stands for a site's name. */
  readonly pushUrl: string;
  readonly httpUrl: string;
  readonly ssh: {
    readonly port: number;
    readonly user: string;
    readonly identity?: string;
    readonly knownHosts: string;
  };
  readonly dockerHost: string;
  readonly configFile: string;
  readonly domainSuffix: string;
  /** Of its own Consul, where it has one: the address of the HTTP API. */
  readonly consul?: string;
}

/** How git reaches a private instance without touching the user's own ssh settings. */
export function sshCommand(instance: Instance): string {
  const { knownHosts, identity } = instance.ssh;
  const settings = [
    '-F',
    '/dev/null',
    '-o',
    `UserKnownHostsFile=${knownHosts}`,
    '-o',
    'BatchMode=yes',
    '-o',
    'IdentitiesOnly=yes',
  ];
  return ['ssh', ...settings, ...(identity ? ['-i', identity] : [])].join(' ');
}

export interface ConfigFacts {
  readonly dataDir: string;
  /** Whoever brings the instance up: every part of it runs as that user. */
  readonly user: string;
  readonly httpPort: number;
  /** Nothing listens there before a site has a certificate. */
  readonly httpsPort: number;
  readonly domainSuffix: string;
  readonly dockerHost: string;
  /** The file of the keys that its sshd lets in, and the configuration of that sshd. */
  readonly authorizedKeys: string;
  readonly sshdConfig: string;
  /** The operator's own configuration, whose plugins are used; absolute. */
  readonly base?: string;
  /** Of its own Consul, which takes the place of the embedded store and registrar. */
  readonly consul?: string;
}

/** The text of a private instance's octohost.config.ts. */
export function configText(facts: ConfigFacts): string {
  const own = [
    `  dataDir: ${JSON.stringify(facts.dataDir)},`,
    `  user: ${JSON.stringify(facts.user)},`,
    `  domainSuffix: ${JSON.stringify(facts.domainSuffix)},`,
    `  http: { address: '127.0.0.1', port: ${facts.httpPort} },`,
    `  https: { port: ${facts.httpsPort} },`,
    `  ssh: { authorizedKeys: ${JSON.stringify(facts.authorizedKeys)}, sshdConfig: ${JSON.stringify(facts.sshdConfig)} },`,
  ];
  const dockerHost = `DOCKER_HOST: ${JSON.stringify(facts.dockerHost)}`;
  const lines = facts.base
    ? withBase(facts.base, own, dockerHost)
    : standalone(pluginsOf(facts), own, dockerHost);
  return `${lines.join('\n')}\n`;
}

function withBase(base: string, own: readonly string[], dockerHost: string): string[] {
  return [
    `import { defineConfig } from 'octohost';`,
    `import base from ${JSON.stringify(base)};`,
    '',
    'export default defineConfig({',
    '  ...base,',
    ...own,
    `  environment: { ...base.environment, ${dockerHost} },`,
    '});',
  ];
}

type BuiltIn = readonly [factory: string, folder: string, options?: string];

function pluginsOf({ consul }: ConfigFacts): readonly BuiltIn[] {
  const state: readonly BuiltIn[] =
    consul === undefined
      ? [
          ['embeddedStore', 'embedded-store'],
          ['embeddedRegistrar', 'embedded-registrar'],
        ]
      : [['consul', 'consul', `{ address: ${JSON.stringify(consul)} }`]];
  return [
    ['dockerfileBuilder', 'dockerfile-builder'],
    ['imageBuilder', 'image-builder'],
    ['dockerRuntime', 'docker-runtime'],
    ...state,
    ['nginxRouter', 'nginx-router'],
  ];
}

function standalone(plugins: readonly BuiltIn[], own: readonly string[], dockerHost: string): string[] {
  return [
    `import { defineConfig } from 'octohost';`,
    ...plugins.map(([factory, folder]) => `import { ${factory} } from 'octohost/plugins/${folder}';`),
    '',
    'export default defineConfig({',
    ...own,
    `  environment: { ${dockerHost} },`,
    '  plugins: [',
    ...plugins.map(([factory, , options = '']) => `    ${factory}(${options}),`),
    '  ],',
    '});',
  ];
}
