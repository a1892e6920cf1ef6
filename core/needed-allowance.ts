/** The rule of `allow` without which a container that already runs could not be had again. Pure. */
import { posix } from 'node:path';
import type { Allowance } from './config.ts';
import { matchesSite, parseSiteName, parseSitePattern, type SiteName } from './grammar.ts';
import { capabilityName, devicePath } from './host-rights.ts';
import { guardedBy, isWithin, mayLink, type Permission } from './run-options.ts';
import { settingProblem } from './site-options.ts';

/** The `HostConfig` of what the engine tells of a container, as far as it is about the host and other containers. */
export interface HostSide {
  readonly Binds?: readonly string[] | null;
  readonly PortBindings?: Readonly<
    Record<string, readonly { readonly HostPort?: string; readonly HostIp?: string }[] | null>
  > | null;
  /** `/corp_redis:/app/redis` */
  readonly Links?: readonly string[] | null;
  readonly VolumesFrom?: readonly string[] | null;
  readonly CapAdd?: readonly string[] | null;
  readonly Devices?:
    | readonly {
        readonly PathOnHost: string;
        readonly PathInContainer?: string;
        /** `rwm` */
        readonly CgroupPermissions?: string;
      }[]
    | null;
  readonly Privileged?: boolean;
  readonly NetworkMode?: string;
  readonly PidMode?: string;
  readonly IpcMode?: string;
}

export interface NeededAllowance {
  /** For this site alone; absent where it needs no rule. */
  readonly rule?: Allowance;
  /** What the container has and no rule gives, for people: `the capability SYS_ADMIN`. */
  readonly beyond: readonly string[];
}

/**
 * What of the host and of other sites a container has, as the narrowest rule that lets its site have it again: real paths,
 * single ports, single sites. A guarded path is named only where the container reaches it already.
 * @param siteOf the site that a container of this name or id is of; undefined for none
 * @param place what nobody gets without its name, and where paths really are, as refuseForbidden takes them
 */
export function neededAllowance(
  site: SiteName,
  host: HostSide,
  siteOf: (container: string) => SiteName | undefined,
  place: Omit<Permission, 'allow'>,
): NeededAllowance {
  const sources = (host.Binds ?? []).map(beforeColon).filter((source) => posix.isAbsolute(source));
  const mounts = sources.flatMap((source) => [place.real(source), ...guardedBy(source, place)]);
  const wanted = Object.values(host.PortBindings ?? {}).flatMap((bound) =>
    (bound ?? []).flatMap(({ HostPort }) => (HostPort ? [HostPort] : [])),
  );
  const ports = wanted.filter((port) => /^\d+$/.test(port)).map(Number);
  const linked = (host.Links ?? []).map((link) => beforeColon(link).replace(/^\//, ''));
  const others = linked.flatMap((name) => siteOf(name) ?? []).filter((other) => !mayLink(site, other, []));
  const devices = (host.Devices ?? []).map(({ PathOnHost }) => place.real(PathOnHost));
  const rule: Allowance = {
    sites: parseSitePattern(site),
    mounts: sorted(mounts),
    ports: [...new Set(ports)].toSorted((a, b) => a - b),
    links: sorted(others).map(parseSitePattern),
    capabilities: sorted(capabilitiesOf(host).filter((name) => capabilityName.test(name))),
    devices: sorted(devices.filter((path) => devicePath.test(path))),
    hostNetwork: host.NetworkMode === 'host',
  };
  const beyond = [
    ...wanted.filter((port) => !/^\d+$/.test(port)).map((port) => `one of the host's ports ${port}`),
    ...linked
      .filter((name) => siteOf(name) === undefined)
      .map((name) => `a link to ${name}, which is no site`),
    ...(host.VolumesFrom ?? [])
      .map(beforeColon)
      .filter((name) => siteOf(name) !== `${site}_data`)
      .map((name) => `the volumes of ${name}`),
    ...beyondRules(host, devices),
  ];
  return { ...(isEmpty(rule) ? {} : { rule }), beyond };
}

/** What a site has to ask for by its settings so that its next containers have these rights of the host again. */
export function rightsSettings(host: HostSide): Record<string, string> {
  const capabilities = sorted(capabilitiesOf(host).filter((name) => capabilityName.test(name)));
  const devices = (host.Devices ?? []).flatMap(
    ({ PathOnHost: source, PathInContainer: target = source, CgroupPermissions: rights = 'rwm' }) => {
      const text = [source, target, ['r', 'w', 'm'].filter((one) => rights.includes(one)).join('')].join(':');
      return settingProblem('OCTO_DEVICES', text) === undefined ? [text] : [];
    },
  );
  return {
    ...(capabilities.length > 0 ? { OCTO_CAPABILITIES: capabilities.join(' ') } : {}),
    ...(devices.length > 0 ? { OCTO_DEVICES: devices.join(' ') } : {}),
    ...(host.NetworkMode === 'host' ? { OCTO_HOST_NETWORK: 'true' } : {}),
  };
}

/**
 * What of a needed rule the installation's own rules do not give yet, judged as a deploy judges it: a folder gives all
 * that is below it, but for what nobody gets without its name. Undefined for nothing.
 */
export function lackingOf(
  rule: Allowance,
  site: SiteName,
  { allow, guarded, real }: Permission,
): Allowance | undefined {
  const rules = allow.filter(({ sites }) => matchesSite(sites, site));
  const [mounts, devices] = (['mounts', 'devices'] as const).map((name) =>
    rules.flatMap((given) => given[name].map(real)),
  ) as [string[], string[]];
  const byName = new Set(guarded.map(real));
  const mayMount = (path: string) =>
    byName.has(path) ? mounts.includes(path) : mounts.some((folder) => isWithin(path, folder));
  const lacking = {
    ...rule,
    mounts: rule.mounts.filter((path) => !mayMount(path)),
    ports: rule.ports.filter((port) => !rules.some(({ ports }) => ports.includes(port))),
    links: rule.links.filter((link) => !mayLink(site, parseSiteName(link), rules)),
    capabilities: rule.capabilities.filter(
      (name) => !rules.some(({ capabilities }) => capabilities.includes(name)),
    ),
    devices: rule.devices.filter((path) => !devices.some((folder) => isWithin(path, folder))),
    hostNetwork: rule.hostNetwork && !rules.some(({ hostNetwork }) => hostNetwork),
  };
  return isEmpty(lacking) ? undefined : lacking;
}

function isEmpty({ mounts, ports, links, capabilities, devices, hostNetwork }: Allowance): boolean {
  return !hostNetwork && [mounts, ports, links, capabilities, devices].every((list) => list.length === 0);
}

function capabilitiesOf({ CapAdd }: HostSide): string[] {
  return (CapAdd ?? []).map((name) => name.replace(/^CAP_/, ''));
}

function beyondRules({ Privileged, ...modes }: HostSide, devices: readonly string[]): string[] {
  return [
    ...(Privileged ? ['all rights of the host (privileged)'] : []),
    ...capabilitiesOf(modes)
      .filter((name) => !capabilityName.test(name))
      .map((name) => `the capability ${name}`),
    ...devices.filter((path) => !devicePath.test(path)).map((path) => `the device ${path}`),
    ...(modes.PidMode === 'host' ? ["the host's processes"] : []),
    ...(modes.IpcMode === 'host' ? ["the host's shared memory"] : []),
  ];
}

function beforeColon(text: string): string {
  return text.split(':', 1)[0] ?? text;
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}
