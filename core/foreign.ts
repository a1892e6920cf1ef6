/** What runs on the engine and was started by the original octohost, as sites that could be taken over. Pure. */
import type { Allowance } from './config.ts';
import { isSiteName, parseDomain, parseSiteName, type SiteName } from './grammar.ts';
import { type HostSide, lackingOf, neededAllowance, rightsSettings } from './needed-allowance.ts';
import type { AdoptedVolume, DeclaredOptions, Image, PortBinding } from './release.ts';
import type { Permission } from './run-options.ts';

/** Something that runs on the runtime's engine and that no octohost of today started. */
export interface Foreign {
  /** The runtime's own id. */
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly image: Omit<Image, 'tag'>;
  /** What it was given beside the environment of its image. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where its ports are reached now; the address as the engine listens, `0.0.0.0` for all. */
  readonly bindings: readonly PortBinding[];
  /** Absent: the engine made it up. */
  readonly hostname?: string;
  /** In bytes; absent: none. */
  readonly memoryLimit?: number;
  /** Its volumes of the engine, those of others that it has among them. */
  readonly volumes: readonly AdoptedVolume[];
  /** What it has of the host and of others. */
  readonly host: HostSide;
}

/** A site of the original, and the containers that serve for it. */
export interface AdoptableSite {
  readonly site: SiteName;
  /** Of one image, the newest first; at least one. */
  readonly containers: readonly Foreign[];
  /** Settings by name: what the containers were given as environment. */
  readonly settings: Readonly<Record<string, string>>;
  readonly declared: DeclaredOptions;
  /** Those that stay the site's, whichever container it has; of several containers the newest one's. */
  readonly volumes: readonly AdoptedVolume[];
  /** The last line of its CNAME file, which was its host name. */
  readonly hostname?: string;
  /** Sites that have to be taken over first. */
  readonly after: readonly SiteName[];
  /** What it needs of the host and of others, and the configuration does not give; absent: nothing. */
  readonly lacks?: Allowance;
  /** What whoever takes it over should know. */
  readonly remarks: readonly string[];
}

/** What was found, in an order in which it can be taken over. */
export interface Adoptable {
  readonly sites: readonly AdoptableSite[];
  /** Containers that stay as they are, and why. */
  readonly left: readonly { readonly container: string; readonly because: string }[];
}

const nameVariable = 'CONTAINER_NAME';

/**
 * Sorts what runs by the sites of the original, which gave each container its site's name as an environment variable.
 * @param countOf how many containers a site is to have; undefined where nothing says so
 */
export function findAdoptable(
  all: readonly Foreign[],
  place: Permission,
  countOf: (site: SiteName) => number | undefined,
): Adoptable {
  const named = all.filter(({ environment }) => environment[nameVariable] !== undefined);
  const bySite = Map.groupBy(named, ({ environment }) => environment[nameVariable] ?? '');
  const siteOf = (container: string): SiteName | undefined => {
    const found = named.find((one) => isCalled(one, container));
    const site = found?.environment[nameVariable] ?? '';
    return isSiteName(site) ? site : undefined;
  };
  const used = named.flatMap(givers);
  const isUsed = (one: Foreign) => used.some((text) => isCalled(one, text));
  // Others have its volumes: no newer one may take its place.
  const first = (a: Foreign, b: Foreign) =>
    Number(isUsed(b)) - Number(isUsed(a)) || (a.startedAt < b.startedAt ? 1 : -1);
  const sites: AdoptableSite[] = [];
  const left: Adoptable['left'][number][] = [];
  for (const [name, containers] of bySite) {
    const isUseful = (one: Foreign) => one.running || isUsed(one);
    const useful = containers.filter(isUseful);
    left.push(...containers.filter((one) => !isUseful(one)).map(leftAs('it does not run')));
    const [newest] = useful.toSorted(first);
    if (!newest) continue;
    if (!isSiteName(name)) {
      left.push(...useful.map(leftAs(`${JSON.stringify(name)} cannot be the name of a site today`)));
      continue;
    }
    const alike = useful.filter(({ image }) => image.id === newest.image.id).toSorted(first);
    const chosen = alike.slice(0, countOf(name) ?? alike.length);
    left.push(
      ...useful
        .filter((one) => !alike.includes(one))
        .map(leftAs(`it is of another image than the newest of ${name}`)),
      ...alike.filter((one) => !chosen.includes(one)).map(leftAs(`${name} has as many as it wants`)),
    );
    sites.push(siteFrom(name, chosen, all, siteOf, place));
  }
  return { sites: inOrder(sites), left };
}

function leftAs(because: string) {
  return ({ name }: Foreign) => ({ container: name, because });
}

function siteFrom(
  site: SiteName,
  containers: readonly Foreign[],
  all: readonly Foreign[],
  siteOf: (container: string) => SiteName | undefined,
  place: Permission,
): AdoptableSite {
  const [first] = containers as [Foreign, ...Foreign[]];
  const { [nameVariable]: _, ...settings } = first.environment;
  const { rule, beyond } = neededAllowance(site, first.host, siteOf, place);
  const lacks = rule && lackingOf(rule, site, place);
  const links = linksOf(first.host, siteOf);
  const usesData = (first.host.VolumesFrom ?? []).some(
    (name) => siteOf(beforeColon(name)) === `${site}_data`,
  );
  const { hostname } = first;
  return {
    site,
    containers,
    volumes: ownVolumes(first, all),
    settings: {
      ...settings,
      ...rightsSettings(first.host),
      ...(first.memoryLimit === undefined ? {} : { MEMORY_LIMIT: String(first.memoryLimit) }),
      ...(containers.length > 1 ? { CONTAINERS: String(containers.length) } : {}),
    },
    declared: {
      file: 'its container of before',
      ...(isWorker(first) ? { noHttpProxy: 0 } : {}),
      ...(first.name === site ? { addName: 0 } : {}),
      ...(usesData ? { volumesFrom: 0 } : {}),
      links: links.map(({ alias, container }) => ({ alias, container, line: 0 })),
      mounts: mountsOf(first.host),
      hostPorts: hostPortsOf(first.host).map((binding) => ({ ...binding, line: 0 })),
    },
    ...(hostname !== undefined && isHostOfDomain(hostname) ? { hostname } : {}),
    after: [...links.map(({ container }) => container), ...(usesData ? [parseSiteName(`${site}_data`)] : [])],
    ...(lacks ? { lacks } : {}),
    remarks: [...remarksOf(first, beyond), ...containers.slice(1).flatMap((one) => apartOf(one, first, all))],
  };
}

/** By its name, its id, or the beginning of that. */
function isCalled({ name, id }: Foreign, text: string): boolean {
  return name === text || id.startsWith(text);
}

/** Containers, as it was told them, whose volumes one has. */
function givers({ host }: Foreign): string[] {
  return (host.VolumesFrom ?? []).map(beforeColon);
}

/** Without those that it has of other containers, which keep them. */
function ownVolumes(one: Foreign, all: readonly Foreign[]): AdoptedVolume[] {
  const from = givers(one);
  const others = all.filter((other) => from.some((giver) => isCalled(other, giver)));
  const theirs = new Set(others.flatMap(({ volumes }) => volumes.map(({ name }) => name)));
  return one.volumes.filter(({ name }) => !theirs.has(name));
}

/** What one of several containers has in volumes of its own: the site goes on with those of the first. */
function apartOf(one: Foreign, first: Foreign, all: readonly Foreign[]): string[] {
  const kept = new Set(ownVolumes(first, all).map(({ name }) => name));
  return ownVolumes(one, all)
    .filter(({ name }) => !kept.has(name))
    .map(
      ({ path, name }) =>
        `the data at ${path} of ${one.name} stays in its volume ${name}; the next release has that of ${first.name}`,
    );
}

function isHostOfDomain(hostname: string): boolean {
  try {
    parseDomain(hostname);
    return true;
  } catch {
    return false;
  }
}

/** Without a port that anybody reaches, there is nothing to route to. */
function isWorker({ bindings }: Foreign): boolean {
  return !bindings.some(({ protocol }) => protocol === 'tcp');
}

function linksOf({ Links }: HostSide, siteOf: (container: string) => SiteName | undefined) {
  return (Links ?? []).flatMap((link) => {
    const [target = '', inside = ''] = link.split(':');
    const container = siteOf(target.replace(/^\//, ''));
    const alias = inside.split('/').at(-1) ?? '';
    return container ? [{ alias, container }] : [];
  });
}

/** Of `-v host:container[:ro]`; volumes with a name of the engine are none. */
function mountsOf({ Binds }: HostSide): DeclaredOptions['mounts'] {
  return (Binds ?? []).flatMap((bind) => {
    const [source = '', target = source, mode = ''] = bind.split(':');
    if (!source.startsWith('/')) return [];
    return [{ source, target, ...(mode.split(',').includes('ro') ? { readOnly: true } : {}), line: 0 }];
  });
}

function hostPortsOf({ PortBindings }: HostSide): PortBinding[] {
  return Object.entries(PortBindings ?? {}).flatMap(([key, bound]) => {
    const [, port, protocol] = /^(\d+)\/(tcp|udp)$/.exec(key) ?? [];
    return (bound ?? []).flatMap(({ HostPort = '', HostIp = '' }) =>
      port && /^[1-9]\d*$/.test(HostPort)
        ? [
            {
              port: Number(port),
              protocol: protocol as PortBinding['protocol'],
              hostAddress: HostIp === '' ? '0.0.0.0' : HostIp,
              hostPort: Number(HostPort),
            },
          ]
        : [],
    );
  });
}

function remarksOf(one: Foreign, beyond: readonly string[]): string[] {
  const { name, image, bindings } = one;
  const routed = image.ports.find(({ protocol }) => protocol === 'tcp');
  const isClosed =
    routed !== undefined && !isWorker(one) && !bindings.some(({ port }) => port === routed.port);
  const open = bindings.filter(({ hostAddress }) => hostAddress === '0.0.0.0' || hostAddress === '::');
  return [
    ...beyond.map((what) => `${name} has ${what}; no rule gives that, and its next release is without`),
    ...(isClosed
      ? [
          `port ${routed.port} of ${name}, the first that its image EXPOSEs, is not published: nothing is led there until the next deploy; octo config:set SITE/OCTO_PORT PORT names another one`,
        ]
      : []),
    ...(open.length > 0
      ? [`${name} is reached from everywhere, past the router, until the next deploy replaces it`]
      : []),
  ];
}

/** Who is linked to comes first; those in a circle come last, and are refused when their turn comes. */
function inOrder(sites: readonly AdoptableSite[]): AdoptableSite[] {
  const sorted: AdoptableSite[] = [];
  let waiting = sites.toSorted((a, b) => (a.site < b.site ? -1 : 1));
  for (;;) {
    const names = new Set(waiting.map(({ site }) => site));
    const next = waiting.filter(({ after }) => !after.some((other) => names.has(other)));
    if (next.length === 0) return [...sorted, ...waiting];
    sorted.push(...next);
    waiting = waiting.filter((one) => !next.includes(one));
  }
}

function beforeColon(text: string): string {
  return text.split(':', 1)[0] ?? text;
}
