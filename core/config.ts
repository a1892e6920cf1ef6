/** The installation's own configuration: what `octohost.config.ts` may say, checked strictly. */
import { isAbsolute, resolve } from 'node:path';
import * as z from 'zod/mini';
import { en } from 'zod/v4/locales';
import type { BuildLimits } from './build-limits.ts';
import { errors } from './error-catalogue.ts';
import { type Domain, isSitePattern, parseDomain, parseSitePattern, type SitePattern } from './grammar.ts';
import { capabilityName, devicePath } from './host-rights.ts';
import type { Plugin } from './plugin.ts';
import { defaultsSchema, type SiteDefaults, saidIn, schemaProblems } from './site-file-schema.ts';
import { limitedByDefault, limitsIn, limitsSchema, type SiteLimits } from './site-limits.ts';

// The small zod speaks no language until it is told one.
z.config(en());

/** What a config file exports: `export default defineConfig({ … })`. */
export interface Config {
  /** Folder of everything octohost keeps; relative to the config file. @default '/var/lib/octohost' */
  dataDir?: string;
  /**
   * The system user whose identity every part takes: `octo` started by root becomes it before it opens anything, so
   * that no file is left that locks the others out. @default 'git'
   */
  user?: string;
  /** A site answers at `<site>.<domainSuffix>`. @default 'localhost' */
  domainSuffix?: string;
  /** And at `<site>.<suffix>` for each of these, an xip.io style name with the machine's address, say. @default [] */
  extraSuffixes?: string[];
  /**
   * Where the router listens; `::` is every address of IPv6 and of IPv4, `0.0.0.0` every one of IPv4 alone.
   * @default { address: '::', port: 80 }
   */
  http?: { address?: string; port?: number };
  /**
   * The port of https, and the PEM files of the certificate and key for every site without a certificate of its own;
   * relative to the config file. Without them only sites with their own certificate answer there.
   * @default { port: 443 }
   */
  https?: { port?: number; certificate?: string; key?: string };
  /** Which host address and ports instances get. @default { address: '127.0.0.1', ports: [20000, 29999] } */
  instances?: { address?: string; ports?: [first: number, last: number] };
  /**
   * The authorized_keys file that octohost keeps its keys in, beside whatever else stands there; relative to the config
   * file; and the configuration of the sshd that reads it, which the doctor looks at.
   * @default { authorizedKeys: '.ssh/authorized_keys' in the home of `user`, sshdConfig: '/etc/ssh/sshd_config' }
   */
  ssh?: { authorizedKeys?: string; sshdConfig?: string };
  builds?: {
    /** How many images a host builds at once; others wait. @default as many as it has processors */
    atOnce?: number;
    /** How long one build may take. @default 3600 */
    maxSeconds?: number;
    /** How much one build may say. @default 20 */
    maxOutputMegabytes?: number;
    /** A build is refused where a disk has less than so many times 1024 × 1024 bytes; 0: never. @default 512 */
    minFreeMegabytes?: number;
    /** Folders whose disks are looked at beside that of `dataDir`: where images are kept. @default ['/var/lib/docker'] */
    disks?: string[];
  };
  /** What a push may bring. */
  git?: {
    /** The largest push, in 1024 × 1024 bytes as they come over the wire. @default 1024 */
    maxPushMegabytes?: number;
    /** How long a push may take from its connection until everything was received. @default 1800 */
    maxPushSeconds?: number;
    /**
     * Which submodules are fetched for the build; all others stay empty folders, and the pusher is told. Each fetch
     * is held to the two limits above.
     */
    submodules?: {
      /** Those that this installation keeps itself, where the pusher may read them. @default false */
      sameHost?: boolean;
      /** Those below one of these addresses: `https://github.com/acme/`, `ssh://git@git.example.com/`. @default [] */
      urls?: string[];
    };
  };
  /**
   * How many of the last releases of each site can be gone back to: their images and configurations are kept, beside
   * those of the current one and of whatever still runs. @default { keep: 5 }
   */
  releases?: { keep?: number };
  /**
   * What repositories may have of the host and of other sites; all else is refused. A site may always link to the sites
   * `<site>_…` and use the volumes of `<site>_data`. @default []
   */
  allow?: {
    /** A site, or a pattern in which `*` stands for any characters. */
    sites: string;
    /** Paths of the host that may be mounted, with all that is below them. */
    mounts?: string[];
    /** Ports of the host that a container may have to itself. */
    ports?: number[];
    /** Sites that may be linked to; patterns as above. */
    links?: string[];
    /** Linux capabilities that a container may have beside those of the runtime, without CAP_. */
    capabilities?: string[];
    /** Devices that a container may have, and folders below /dev with all that is below them. */
    devices?: string[];
    /** True: a container may be in the host's network, and so reach all that listens on the host. */
    hostNetwork?: boolean;
  }[];
  /**
   * The most that a site may ask for by its settings and its site file; of memory, processes and
   * processors a site that asks for none has the most, where `defaults` do not say otherwise. @default {}
   */
  limits?: { instances?: number; memory?: number | string; processes?: number; cpus?: number | string };
  /**
   * What every site gets that neither its settings nor its repository say otherwise, with the keys of a site file.
   * @default {}
   */
  defaults?: SiteDefaults;
  /** Put over the process's environment for plugins, for instance DOCKER_HOST. */
  environment?: Record<string, string>;
  /** The only place that picks plugins; their order is the order of their taps. */
  plugins: Plugin[];
}

/** One rule of what repositories may have. */
export interface Allowance {
  readonly sites: SitePattern;
  readonly mounts: readonly string[];
  readonly ports: readonly number[];
  readonly links: readonly SitePattern[];
  readonly capabilities: readonly string[];
  readonly devices: readonly string[];
  readonly hostNetwork: boolean;
}

/** A checked configuration with every default filled in. */
export interface ResolvedConfig {
  readonly file: string;
  readonly dataDir: string;
  readonly user: string;
  readonly domainSuffix: Domain;
  readonly extraSuffixes: readonly Domain[];
  readonly http: { readonly address: string; readonly port: number };
  /** Absolute paths; both or none. */
  readonly https: { readonly port: number; readonly certificate?: string; readonly key?: string };
  readonly instances: { readonly address: string; readonly first: number; readonly last: number };
  /** Absolute; without the file of keys: below the home of `user`. */
  readonly ssh: { readonly authorizedKeys?: string; readonly sshdConfig: string };
  /** Absent: as many as the host has processors. */
  readonly builds: BuildLimits & {
    readonly atOnce?: number;
    readonly minFreeMegabytes: number;
    readonly disks: readonly string[];
  };
  readonly git: {
    readonly maxPushMegabytes: number;
    readonly maxPushSeconds: number;
    readonly submodules: { readonly sameHost: boolean; readonly urls: readonly string[] };
  };
  readonly releases: { readonly keep: number };
  readonly allow: readonly Allowance[];
  readonly limits: SiteLimits;
  /** As settings would have them. */
  readonly defaults: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly plugins: readonly Plugin[];
}

const port = z.int().check(z.gte(1), z.lte(65_535));
const address = z.union([z.ipv4(), z.ipv6()]);

/** An address that others can lie below: a host and perhaps a path, nothing that is secret or encoded. */
function isAddress(text: string): boolean {
  // Only ssh knows users that are no secret.
  return (
    /^(?:https?:\/\/|ssh:\/\/(?:[\w.-]+@)?)[\w.:[\]-]+(?:\/[\w.~/-]*)?$/.test(text) && URL.canParse(text)
  );
}

const submodules = z.strictObject({
  sameHost: z._default(z.boolean(), false),
  urls: z._default(
    z.array(
      z
        .string()
        .check(
          z.refine(
            isAddress,
            'Write an address that begins with https://, http:// or ssh://, without a password.',
          ),
        ),
    ),
    [],
  ),
});

const git = z.strictObject({
  maxPushMegabytes: z._default(z.int().check(z.gte(1), z.lte(1_000_000)), 1024),
  maxPushSeconds: z._default(z.int().check(z.gte(1), z.lte(86_400)), 1800),
  submodules: z._default(submodules, { sameHost: false, urls: [] }),
});

const hostPath = z
  .string()
  .check(
    z.refine(
      (text) => isAbsolute(text) && !text.split('/').includes('..'),
      'Write an absolute path, without .. in it.',
    ),
  );

const buildDefaults = {
  maxSeconds: 3600,
  maxOutputMegabytes: 20,
  minFreeMegabytes: 512,
  disks: ['/var/lib/docker'],
};
const builds = z.strictObject({
  atOnce: z.optional(z.int().check(z.gte(1), z.lte(1000))),
  maxSeconds: z._default(z.int().check(z.gte(1), z.lte(86_400)), buildDefaults.maxSeconds),
  maxOutputMegabytes: z._default(z.int().check(z.gte(1), z.lte(10_000)), buildDefaults.maxOutputMegabytes),
  minFreeMegabytes: z._default(z.int().check(z.gte(0), z.lte(1_000_000_000)), buildDefaults.minFreeMegabytes),
  disks: z._default(z.array(hostPath), buildDefaults.disks),
});

const path = z.string().check(z.minLength(1));
const systemSshd = '/etc/ssh/sshd_config';

const https = z
  .strictObject({ port: z._default(port, 443), certificate: z.optional(path), key: z.optional(path) })
  .check(
    z.refine(
      ({ certificate, key }) => (certificate === undefined) === (key === undefined),
      'certificate and key are two files that belong together; name both.',
    ),
  );

const pattern = z.string().check(z.refine(isSitePattern, 'Write a site, or a pattern such as shop-*.'));
const allowance = z.strictObject({
  sites: pattern,
  mounts: z._default(z.array(hostPath), []),
  ports: z._default(z.array(port), []),
  links: z._default(z.array(pattern), []),
  capabilities: z._default(
    z.array(z.string().check(z.regex(capabilityName, 'is no name like NET_ADMIN'))),
    [],
  ),
  devices: z._default(
    z.array(z.string().check(z.regex(devicePath, 'is no path of a device like /dev/ttyUSB0'))),
    [],
  ),
  hostNetwork: z._default(z.boolean(), false),
});

const schema = z.strictObject({
  dataDir: z._default(z.string().check(z.minLength(1)), '/var/lib/octohost'),
  user: z._default(z.string().check(z.regex(/^[a-z_][a-z0-9_-]{0,31}$/)), 'git'),
  domainSuffix: z._default(z.string(), 'localhost'),
  extraSuffixes: z._default(z.array(z.string()), []),
  http: z._default(z.strictObject({ address: z._default(address, '::'), port: z._default(port, 80) }), {
    address: '::',
    port: 80,
  }),
  https: z._default(https, { port: 443 }),
  instances: z._default(
    z.strictObject({
      address: z._default(address, '127.0.0.1'),
      ports: z._default(z.tuple([port, port]), [20_000, 29_999]),
    }),
    { address: '127.0.0.1', ports: [20_000, 29_999] },
  ),
  ssh: z._default(
    z.strictObject({ authorizedKeys: z.optional(path), sshdConfig: z._default(path, systemSshd) }),
    { sshdConfig: systemSshd },
  ),
  git: z._default(git, {
    maxPushMegabytes: 1024,
    maxPushSeconds: 1800,
    submodules: { sameHost: false, urls: [] },
  }),
  builds: z._default(builds, buildDefaults),
  releases: z._default(z.strictObject({ keep: z._default(z.int().check(z.gte(1), z.lte(1000)), 5) }), {
    keep: 5,
  }),
  allow: z._default(z.array(allowance), []),
  limits: z._default(limitsSchema, {}),
  defaults: z._default(defaultsSchema, {}),
  environment: z._default(z.record(z.string(), z.string()), {}),
  plugins: z.array(z.any()),
});

/** Types a config file. */
export function defineConfig(config: Config): Config {
  return config;
}

/**
 * Checks what a config file exported. Pure: all problems are reported at once.
 * @param file the file's absolute path, for messages and for a relative dataDir
 */
export function resolveConfig(value: unknown, file: string): ResolvedConfig {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    throw errors.E_CONFIG({ file, problems: parsed.error.issues.flatMap(problemsOf) });
  }
  const {
    dataDir,
    user,
    http,
    instances,
    ssh,
    git: push,
    builds: { atOnce, ...building },
    releases,
    allow,
    environment,
    plugins,
  } = parsed.data;
  const { certificate, key, ...listen } = parsed.data.https;
  const [first, last] = instances.ports;
  if (first > last)
    throw errors.E_CONFIG({ file, problems: ['instances.ports: the first port is above the last.'] });
  const limits = limitsIn(parsed.data.limits);
  return {
    file,
    dataDir: resolve(file, '..', dataDir),
    user,
    ...suffixes(parsed.data, file),
    http,
    https: {
      ...listen,
      ...(certificate && key
        ? { certificate: resolve(file, '..', certificate), key: resolve(file, '..', key) }
        : {}),
    },
    instances: { address: instances.address, first, last },
    ssh: {
      sshdConfig: resolve(file, '..', ssh.sshdConfig),
      ...(ssh.authorizedKeys === undefined
        ? {}
        : { authorizedKeys: resolve(file, '..', ssh.authorizedKeys) }),
    },
    git: push,
    builds: { ...building, ...(atOnce === undefined ? {} : { atOnce }) },
    releases,
    allow: allow.map(({ sites, mounts, links, ...rest }) => ({
      ...rest,
      sites: parseSitePattern(sites),
      mounts: mounts.map((mount) => resolve(mount)),
      links: links.map(parseSitePattern),
    })),
    limits,
    defaults: {
      ...limitedByDefault(limits),
      ...Object.fromEntries(saidIn('defaults', parsed.data.defaults).map(({ name, text }) => [name, text])),
    },
    environment,
    plugins: plugins as Plugin[],
  };
}

function suffixes(given: { domainSuffix: string; extraSuffixes: string[] }, file: string) {
  const problems: string[] = [];
  const suffix = (text: string, option: string): Domain[] => {
    try {
      return [parseDomain(text)];
    } catch {
      problems.push(`${option}: ${JSON.stringify(text)} is not a domain.`);
      return [];
    }
  };
  const [domainSuffix] = suffix(given.domainSuffix, 'domainSuffix');
  const extra = given.extraSuffixes.flatMap((text, index) => suffix(text, `extraSuffixes.${index}`));
  if (domainSuffix === undefined || problems.length > 0) throw errors.E_CONFIG({ file, problems });
  return { domainSuffix, extraSuffixes: [...new Set(extra)].filter((one) => one !== domainSuffix) };
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  const [first, ...inner] = issue.path;
  if (first === 'defaults')
    return schemaProblems('defaults', [{ ...issue, path: inner }]).map(({ words }) => `defaults: ${words}`);
  return [`${issue.path.join('.') || 'the default export'}: ${issueText(issue)}`];
}

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message || issue.code;
  const known = Object.keys(schema.shape);
  return `there is no option ${issue.keys.join(', ')}; known: ${known.join(', ')}`;
}
