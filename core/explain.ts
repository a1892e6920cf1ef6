/** The resolved specification of a site, each value with where it comes from. Pure. */
import { checkOf, decisiveSetting, kindOf } from './checks/choose.ts';
import type { ResolvedConfig } from './config.ts';
import type { SiteDomain } from './domains.ts';
import type { SiteName } from './grammar.ts';
import { type Layered, layered } from './layers.ts';
import type { AdoptedVolume, DeclaredOptions, Image, Release, Settings } from './release.ts';
import { wantedOptions } from './run-options.ts';
import { hasPort, type ResolvedSite, resolveSite, unknownImage } from './site.ts';
import { pluginsKey } from './site-file-key.ts';
import { type Option, type OptionName, siteOptions } from './site-options.ts';

/** One value. A list has an entry for each of its parts. */
export interface Explained {
  /** `http port`, `link`, `environment`. */
  readonly name: string;
  readonly value: string;
  /** `setting CONTAINERS`, `.octohost.yml line 4`, `Dockerfile line 3`, `CNAME`, `configuration defaults`, `image` … */
  readonly origin: string;
}

export interface ExplainFacts {
  readonly site: SiteName;
  readonly settings: Settings;
  /** The values that the site file of the current release gives. */
  readonly said: Readonly<Record<string, string>>;
  /** The current release; absent before the first. */
  readonly release: Release | undefined;
  readonly domains: readonly SiteDomain[];
  /** Those that the site was taken over with. */
  readonly adoptedVolumes: readonly AdoptedVolume[];
  readonly config: Pick<ResolvedConfig, 'instances' | 'domainSuffix' | 'defaults'>;
}

/**
 * What the next release is made of if nothing is pushed before it: the settings as they are now, the rest as the
 * current release has it. Values of the environment are not shown: they may be secrets. Throws E_SETTINGS.
 */
export function explain(facts: ExplainFacts): Explained[] {
  const { site, settings, said, release, config } = facts;
  const { options: declared } = release?.declared ?? {};
  const all = layered({ settings, said, ...release?.declared, defaults: config.defaults });
  const image = release?.image ?? unknownImage;
  const resolved = resolveSite(site, all.settings, image, declared);
  return [
    ...imageRows(release, facts.adoptedVolumes),
    httpRow(resolved, all),
    ...portRows(resolved, image, declared, all),
    row('address', config.instances.address, 'configuration instances'),
    ...(resolved.httpPort === undefined ? [] : facts.domains.map(domainRow)),
    checkRow(resolved, all),
    ...optionRows(all),
    ...pluginRows(release),
    ...declaredRows(site, release, declared),
    ...environmentRows(site, resolved, all),
  ];
}

function row(name: string, value: string | number, origin: string): Explained {
  return { name, value: String(value), origin };
}

/** At the path of a volume that it was taken over with, a site has none of its own. */
function imageRows(release: Release | undefined, adopted: readonly AdoptedVolume[]): Explained[] {
  if (!release) return [row('image', 'none yet', 'default')];
  const from = `release ${release.number}`;
  const isAdopted = (path: string) => adopted.some((one) => one.path === path);
  return [
    row('image', release.image.id, from),
    ...release.image.volumes.filter((path) => !isAdopted(path)).map((path) => row('volume', path, 'image')),
    ...adopted.map(({ name, path, readOnly }) =>
      row('volume', `${name}:${path}${readOnly ? ':ro' : ''}`, 'taken over with the site'),
    ),
  ];
}

function httpRow({ httpPort, noHttp }: ResolvedSite, { originOf }: Layered): Explained {
  const name = noHttp ? 'NO_HTTP_PROXY' : 'OCTO_PORT';
  return row('http port', httpPort ?? 'none', originOf(name) ?? 'image');
}

function portRows(
  { ports }: ResolvedSite,
  image: Image,
  declared: DeclaredOptions | undefined,
  { originOf }: Layered,
): Explained[] {
  return ports.map((one) => {
    const asked = declared?.hostPorts.find((other) => hasPort([other], one));
    const origin = hasPort(image.ports, one)
      ? 'image'
      : (lineOf(declared, asked?.line) ?? originOf('OCTO_PORT'));
    return row('port', `${one.port}/${one.protocol}`, origin ?? 'default');
  });
}

function domainRow({ domain, origin }: SiteDomain): Explained {
  return row('domain', domain, origin === 'default' ? 'configuration domainSuffix' : origin);
}

/** What a new instance has to answer; another setting of the check may say so too. */
function checkRow(resolved: ResolvedSite, { settings, originOf }: Layered): Explained {
  const asked = checkOf(resolved.check, resolved);
  const ports = asked.kind === 'http' ? [asked.port] : asked.kind === 'tcp' ? asked.ports : [];
  const kind = kindOf(resolved.check, resolved);
  const value = ports.length > 0 ? `${kind} at port ${ports.join(' or ')}` : kind;
  const decisive = decisiveSetting(settings);
  return row('check.kind', value, (decisive && originOf(decisive)) ?? 'default');
}

/** Rows of their own above. */
const toldAbove: readonly string[] = ['DOMAINS', 'NO_HTTP_PROXY', 'OCTO_PORT', 'OCTO_CHECK'];

/** Every option that somebody sets, or that has a value all the same. */
function optionRows({ settings, originOf }: Layered): Explained[] {
  const all = Object.entries(siteOptions) as [OptionName, Option][];
  return all.flatMap(([name, { kind, key, unset }]) => {
    const text = (settings as Readonly<Record<string, string>>)[name] ?? unset;
    if (text === undefined || toldAbove.includes(name)) return [];
    return [row(key ?? name, kind.show(text) ?? 'set, not shown', originOf(name) ?? 'default')];
  });
}

/** What its site file says to plugins. */
function pluginRows(release: Release | undefined): Explained[] {
  const { file, lines = {}, plugins = {} } = release?.declared.conf ?? {};
  return Object.entries(plugins).map(([plugin, value]) => {
    const name = `${pluginsKey}.${plugin}`;
    return row(name, JSON.stringify(value), `${file} line ${lines[name]}`);
  });
}

/** What the repository itself asks for. */
function declaredRows(
  site: SiteName,
  release: Release | undefined,
  options: DeclaredOptions | undefined,
): Explained[] {
  const at = (line: number | undefined) => lineOf(options, line) ?? 'default';
  const { name, volumesFrom, links, mounts, hostPorts } = wantedOptions(site, options);
  const hostname = release?.declared.domains.at(-1);
  return [
    row('host name', hostname ?? "the container's own", hostname === undefined ? 'default' : 'CNAME'),
    row('name', name ?? "the deploy's own", at(options?.addName)),
    ...volumesFrom.map((peer) => row('volumes from', peer.site, at(peer.line))),
    ...links.map((link) => row('link', `${link.site}:${link.alias}`, at(link.line))),
    ...mounts.map(({ source, target, readOnly, line }) =>
      row('mount', `${source}:${target}${readOnly ? ':ro' : ''}`, at(line)),
    ),
    ...hostPorts.map(({ hostAddress, hostPort, port, protocol, line }) =>
      row('host port', `${hostAddress}:${hostPort}:${port}/${protocol}`, at(line)),
    ),
  ];
}

function lineOf(options: DeclaredOptions | undefined, line: number | undefined): string | undefined {
  return options === undefined || line === undefined ? undefined : `${options.file} line ${line}`;
}

function environmentRows(site: SiteName, { environment }: ResolvedSite, { originOf }: Layered): Explained[] {
  return [
    row('environment', `CONTAINER_NAME=${site}`, 'default'),
    ...Object.keys(environment).map((key) => row('environment', key, originOf(key) ?? 'default')),
  ];
}
