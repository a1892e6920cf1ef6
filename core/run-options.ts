/** What a repository asks for beside its image, and whether this installation lets its site have it. Pure. */
import { posix } from 'node:path';
import type { Allowance } from './config.ts';
import { errors } from './error-catalogue.ts';
import { matchesSite, parseSiteName, type SiteName } from './grammar.ts';
import { isDevicePlace } from './host-rights.ts';
import type { DeclaredOptions, Device, HostPort, Link, Mount, Settings } from './release.ts';
import { aboveLimits, type SiteLimits } from './site-limits.ts';
import { type OptionName, settingValue } from './site-options.ts';

/** Another site that is asked for, and the line that does. */
export interface WantedPeer {
  readonly site: SiteName;
  readonly line: number;
}

/** Declared options with every name filled in. */
export interface WantedOptions {
  readonly name?: string;
  readonly volumesFrom: readonly WantedPeer[];
  readonly links: readonly (WantedPeer & Pick<Link, 'alias'>)[];
  readonly mounts: readonly Mount[];
  readonly hostPorts: readonly HostPort[];
  readonly capabilities: readonly string[];
  readonly devices: readonly Device[];
  readonly hostNetwork: boolean;
}

/** @param settings what holds of all that is said: see layers.ts */
export function wantedOptions(
  site: SiteName,
  declared: DeclaredOptions | undefined,
  settings: Settings = {},
): WantedOptions {
  const { addName, volumesFrom, links = [], mounts = [], hostPorts = [] } = declared ?? {};
  return {
    ...(addName === undefined ? {} : { name: site }),
    volumesFrom:
      volumesFrom === undefined ? [] : [{ site: parseSiteName(`${site}_data`), line: volumesFrom }],
    links: links.map(({ alias, container, line }) => ({
      alias,
      site: parseSiteName(container ?? `${site}_${alias}`),
      line,
    })),
    mounts,
    hostPorts,
    capabilities: settingValue(settings, 'OCTO_CAPABILITIES') ?? [],
    devices: settingValue(settings, 'OCTO_DEVICES') ?? [],
    hostNetwork: settingValue(settings, 'OCTO_HOST_NETWORK') ?? false,
  };
}

/** What the operator lets sites have, and what nobody gets by a rule that only happens to reach it. */
export interface Permission {
  readonly allow: readonly Allowance[];
  readonly limits?: SiteLimits;
  readonly guarded: readonly string[];
  /** Where a path of the host really is, links followed. */
  readonly real: (path: string) => string;
}

/** Who asks. */
export interface Asked {
  /** The file of the lines. */
  readonly file: string | undefined;
  /** `.octohost.yml line 4`, `setting OCTO_DEVICES`. */
  readonly originOf: (name: OptionName) => string | undefined;
  /** What holds of all that is said. */
  readonly settings?: Settings;
}

interface Refusal {
  readonly what: string;
  /** The part of a rule that would allow it; absent where none could. */
  readonly rule?: string;
}

/** What a line of the file asks for. */
type LineRefusal = Refusal & { readonly line: number };

/** Throws E_NOT_ALLOWED with each line that asks too much and the rule that would allow all of them. */
export function refuseForbidden(
  site: SiteName,
  wanted: WantedOptions,
  { file = 'Dockerfile', originOf, settings = {} }: Asked,
  permission: Permission,
): void {
  const rules = permission.allow.filter(({ sites }) => matchesSite(sites, site));
  const refusedOptions: (Refusal & { readonly name: OptionName })[] = [
    ...refusedRights(wanted, rules, permission),
    ...aboveLimits(settings, permission.limits ?? {}),
  ];
  const refused = [
    ...refusedLines(site, wanted, rules, permission).map((one) => ({
      ...one,
      asks: `${file} line ${one.line}`,
    })),
    ...refusedOptions.map(({ name, ...one }) => ({
      ...one,
      asks: originOf(name) ?? name,
    })),
  ];
  if (refused.length === 0) return;
  throw errors.E_NOT_ALLOWED({
    site,
    asked: refused.map(({ asks, what }) => `${asks}: ${what}`),
    rules: refused.flatMap(({ rule }) => (rule === undefined ? [] : [`{ sites: '${site}', ${rule} }`])),
  });
}

function refusedLines(
  site: SiteName,
  wanted: WantedOptions,
  rules: readonly Allowance[],
  permission: Permission,
): LineRefusal[] {
  const refused: LineRefusal[] = [
    ...wanted.mounts.filter((one) => !mayMount(one, rules, permission)).map(mountRefusal(rules, permission)),
    ...wanted.hostPorts
      .filter(({ hostPort }) => !rules.some(({ ports }) => ports.includes(hostPort)))
      .map(({ hostPort, line }) => ({
        line,
        what: `the host's port ${hostPort}`,
        rule: `ports: [${hostPort}]`,
      })),
    ...wanted.links
      .filter((link) => !mayLink(site, link.site, rules))
      .map((link) => ({ line: link.line, what: `a link to ${link.site}`, rule: `links: ['${link.site}']` })),
  ];
  return refused.toSorted((a, b) => a.line - b.line);
}

/** What options ask for, be it a line of the site file or a setting. */
function refusedRights(
  { capabilities, devices, hostNetwork }: WantedOptions,
  rules: readonly Allowance[],
  permission: Permission,
): (Refusal & { readonly name: OptionName })[] {
  return [
    ...capabilities
      .filter((name) => !rules.some((rule) => rule.capabilities.includes(name)))
      .map((name) => ({
        name: 'OCTO_CAPABILITIES' as const,
        what: `the capability ${name}`,
        rule: `capabilities: ['${name}']`,
      })),
    ...devices
      .filter((one) => !mayUse(one, rules, permission))
      .map((one) => ({ name: 'OCTO_DEVICES' as const, ...deviceRefusal(one, permission) })),
    ...(hostNetwork && !rules.some((rule) => rule.hostNetwork)
      ? [{ name: 'OCTO_HOST_NETWORK' as const, what: "the host's network", rule: 'hostNetwork: true' }]
      : []),
  ];
}

/** Only what really is below /dev is a device, whatever a rule says. */
function mayUse({ source }: Device, rules: readonly Allowance[], { real }: Permission): boolean {
  const place = real(source);
  const paths = rules.flatMap((rule) => rule.devices.map(real));
  return isDevicePlace(place) && paths.some((path) => isWithin(place, path));
}

function deviceRefusal({ source }: Device, { real }: Permission): Refusal {
  const place = real(source);
  const what = `the device ${source}${place === source ? '' : ` (which is ${place})`}`;
  return isDevicePlace(place) ? { what, rule: `devices: ['${place}']` } : { what: `${what}, which is none` };
}

export function mayLink(site: SiteName, other: SiteName, rules: readonly Allowance[]): boolean {
  return (
    other.startsWith(`${site}_`) || rules.some(({ links }) => links.some((link) => matchesSite(link, other)))
  );
}

function mayMount({ source }: Mount, rules: readonly Allowance[], permission: Permission): boolean {
  const { real } = permission;
  const paths = rules.flatMap(({ mounts }) => mounts.map(real));
  return (
    paths.some((path) => isWithin(real(source), path)) &&
    guardedBy(source, permission).every((guarded) => paths.includes(guarded))
  );
}

/** The guarded paths that a mount reaches, or that reach it. */
export function guardedBy(source: string, { guarded, real }: Omit<Permission, 'allow'>): string[] {
  const reached = guarded
    .map(real)
    .filter((path) => isWithin(path, real(source)) || isWithin(real(source), path));
  return [...new Set(reached)];
}

function mountRefusal(rules: readonly Allowance[], permission: Permission) {
  return ({ source, line }: Mount): LineRefusal => {
    const { real } = permission;
    const named = rules.flatMap(({ mounts }) => mounts.map(real));
    const guarded = guardedBy(source, permission).filter((path) => !named.includes(path));
    const [place, reached] = [real(source), guarded.filter((path) => path !== real(source))];
    const what = [
      `the host's ${source}`,
      ...(place === source ? [] : [` (which is ${place})`]),
      ...(reached.length > 0 ? [`, which holds the host itself by ${reached.join(', ')}`] : []),
    ].join('');
    const paths = [...new Set([place, ...reached])].map((path) => `'${path}'`);
    return { line, what, rule: `mounts: [${paths.join(', ')}]` };
  };
}

export function isWithin(path: string, folder: string): boolean {
  const way = posix.relative(folder, path);
  return way !== '..' && !way.startsWith('../');
}
