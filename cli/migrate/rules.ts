/** Which of the rules that sites need the configuration does not have. Pure. */
import { type Allowance, matchesSite, type SiteName } from '../../core/index.ts';

export interface NeededRule {
  readonly site: SiteName;
  readonly rule: Allowance;
}

export function missingRules(needed: readonly NeededRule[], allow: readonly Allowance[]): Allowance[] {
  return needed.flatMap(({ site, rule }) => {
    const known = allow.filter(({ sites }) => matchesSite(sites, site));
    const has = <Kind>(one: Kind, listOf: (rule: Allowance) => readonly Kind[]) =>
      known.some((given) => listOf(given).includes(one));
    const missing = {
      ...rule,
      mounts: rule.mounts.filter((mount) => !has(mount, ({ mounts }) => mounts)),
      ports: rule.ports.filter((port) => !has(port, ({ ports }) => ports)),
      links: rule.links.filter((link) => !has(link, ({ links }) => links)),
      capabilities: rule.capabilities.filter((name) => !has(name, ({ capabilities }) => capabilities)),
      devices: rule.devices.filter((device) => !has(device, ({ devices }) => devices)),
      hostNetwork: rule.hostNetwork && !known.some(({ hostNetwork }) => hostNetwork),
    };
    const { mounts, ports, links, capabilities, devices, hostNetwork } = missing;
    const isWanting =
      hostNetwork || [mounts, ports, links, capabilities, devices].some((list) => list.length > 0);
    return isWanting ? [missing] : [];
  });
}
