/** The rule of `allow` without which a container that already runs could not be had again. Pure. */
import { posix } from 'node:path';
import type { Allowance } from './config.ts';
import { parseSitePattern, type SiteName } from './grammar.ts';
import { capabilityName, devicePath } from './host-rights.ts';
import { guardedBy, mayLink, type Permission } from './run-options.ts';

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
  readonly Devices?: readonly { readonly PathOnHost: string }[] | null;
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
  const { sites: _, hostNetwork, ...lists } = rule;
  const isEmpty = !hostNetwork && Object.values(lists).every((list) => list.length === 0);
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
  return { ...(isEmpty ? {} : { rule }), beyond };
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
