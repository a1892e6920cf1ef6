/** The resolved specification of a site, each value with where it comes from. Pure. */
import type { ResolvedConfig } from './config.ts';
import type { SiteDomain } from './domains.ts';
import type { SiteName } from './grammar.ts';
import type { DeclaredOptions, Image, Release, Settings } from './release.ts';
import { wantedOptions } from './run-options.ts';
import { hasPort, type ResolvedSite, resolveSite } from './site.ts';
import { type Option, type OptionName, siteOptions } from './site-options.ts';

/** One value. A list has an entry for each of its parts. */
export interface Explained {
  /** `http port`, `link`, `environment`. */
  readonly name: string;
  readonly value: string;
  /** `setting CONTAINERS`, `Dockerfile line 3`, `CNAME`, `configuration instances`, `image`, `default` … */
  readonly origin: string;
}

export interface ExplainFacts {
  readonly site: SiteName;
  readonly settings: Settings;
  /** The current release; absent before the first. */
  readonly release: Release | undefined;
  readonly domains: readonly SiteDomain[];
  readonly config: Pick<ResolvedConfig, 'instances' | 'domainSuffix'>;
}

const noImage: Image = { id: '', ports: [], volumes: [] };

/**
 * What the next release is made of if nothing is pushed before it: the settings as they are now, the rest as the
 * current release has it. Values of the environment are not shown: they may be secrets. Throws E_SETTINGS.
 */
export function explain(facts: ExplainFacts): Explained[] {
  const { site, settings, release } = facts;
  const declared = release?.declared.options;
  const resolved = resolveSite(site, settings, release?.image ?? noImage, declared);
  const written = settings as Readonly<Record<string, string>>;
  return [
    ...imageRows(release),
    httpRow(resolved, written, declared),
    ...portRows(resolved, release?.image ?? noImage, declared),
    row('address', facts.config.instances.address, 'configuration instances'),
    ...(resolved.httpPort === undefined ? [] : facts.domains.map(domainRow)),
    ...optionRows(written),
    ...declaredRows(site, release, declared),
    ...environmentRows(site, resolved),
  ];
}

function row(name: string, value: string | number, origin: string): Explained {
  return { name, value: String(value), origin };
}

function imageRows(release: Release | undefined): Explained[] {
  if (!release) return [row('image', 'none yet', 'default')];
  const from = `release ${release.number}`;
  return [
    row('image', release.image.id, from),
    ...release.image.volumes.map((path) => row('volume', path, 'image')),
  ];
}

function httpRow(
  { httpPort }: ResolvedSite,
  written: Readonly<Record<string, string>>,
  options: DeclaredOptions | undefined,
): Explained {
  const off = written['NO_HTTP_PROXY'] === undefined ? lineOf(options, options?.noHttpProxy) : undefined;
  if (httpPort === undefined && off !== undefined) return row('http port', 'none', off);
  if (httpPort === undefined)
    return row(
      'http port',
      'none',
      written['NO_HTTP_PROXY'] === undefined ? 'image' : 'setting NO_HTTP_PROXY',
    );
  return row('http port', httpPort, written['OCTO_PORT'] === undefined ? 'image' : 'setting OCTO_PORT');
}

function portRows({ ports }: ResolvedSite, image: Image, options: DeclaredOptions | undefined): Explained[] {
  return ports.map((one) => {
    const asked = options?.hostPorts.find((other) => hasPort([other], one));
    const origin = hasPort(image.ports, one)
      ? 'image'
      : (lineOf(options, asked?.line) ?? 'setting OCTO_PORT');
    return row('port', `${one.port}/${one.protocol}`, origin);
  });
}

function domainRow({ domain, origin }: SiteDomain): Explained {
  return row('domain', domain, origin === 'default' ? 'configuration domainSuffix' : origin);
}

/** Rows of their own above. */
const toldAbove: readonly string[] = ['DOMAINS', 'NO_HTTP_PROXY', 'OCTO_PORT'];

/** Every option that somebody sets, or that has a value all the same. */
function optionRows(written: Readonly<Record<string, string>>): Explained[] {
  const all = Object.entries(siteOptions) as [OptionName, Option][];
  return all.flatMap(([name, { kind, key, unset }]) => {
    const text = written[name] ?? unset;
    if (text === undefined || toldAbove.includes(name)) return [];
    const shown = kind.show(text) ?? 'set, not shown';
    return [row(key ?? name, shown, written[name] === undefined ? 'default' : `setting ${name}`)];
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

function environmentRows(site: SiteName, { environment }: ResolvedSite): Explained[] {
  return [
    row('environment', `CONTAINER_NAME=${site}`, 'default'),
    ...Object.keys(environment).map((key) => row('environment', key, `setting ${key}`)),
  ];
}
