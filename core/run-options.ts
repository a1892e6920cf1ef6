/** What a repository asks for beside its image, and whether this installation lets its site have it. Pure. */
import { posix } from 'node:path';
import type { Allowance } from './config.ts';
import { errors } from './error-catalogue.ts';
import { matchesSite, parseSiteName, type SiteName } from './grammar.ts';
import type { DeclaredOptions, HostPort, Link, Mount } from './release.ts';

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
}

export function wantedOptions(site: SiteName, declared: DeclaredOptions | undefined): WantedOptions {
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
  };
}

/** What the operator lets sites have, and what nobody gets by a rule that only happens to reach it. */
export interface Permission {
  readonly allow: readonly Allowance[];
  readonly guarded: readonly string[];
  /** Where a path of the host really is, links followed. */
  readonly real: (path: string) => string;
}

interface Refusal {
  readonly line: number;
  readonly what: string;
  /** The part of a rule that would allow it. */
  readonly rule: string;
}

/** Throws E_NOT_ALLOWED with each line that asks too much and the rule that would allow all of them. */
export function refuseForbidden(
  site: SiteName,
  file: string,
  wanted: WantedOptions,
  permission: Permission,
): void {
  const rules = permission.allow.filter(({ sites }) => matchesSite(sites, site));
  const refused: Refusal[] = [
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
  ].toSorted((a, b) => a.line - b.line);
  if (refused.length === 0) return;
  throw errors.E_NOT_ALLOWED({
    site,
    file,
    lines: refused.map(({ line, what }) => `line ${line}: ${what}`),
    rules: refused.map(({ rule }) => `{ sites: '${site}', ${rule} }`),
  });
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
  return ({ source, line }: Mount): Refusal => {
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

function isWithin(path: string, folder: string): boolean {
  const way = posix.relative(folder, path);
  return way !== '..' && !way.startsWith('../');
}
