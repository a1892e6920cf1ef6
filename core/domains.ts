/** A site's domains: where each comes from, and which a site may not have. Pure. */
import type { ResolvedConfig } from './config.ts';
import { errors } from './error-catalogue.ts';
import {
  type Domain,
  defaultDomain,
  isWildcard,
  parseDomain,
  parseOwnDomain,
  type SiteName,
} from './grammar.ts';
import type { DomainRecord } from './records.ts';
import type { Declared, Settings } from './release.ts';

/** Own domains separated by spaces, commas or lines, wildcards among them; `#` begins a comment. */
export function parseDomains(value: string): Domain[] {
  return unique(words(value).map(parseOwnDomain));
}

/** The repository's CNAME file: one domain a line, no wildcards; a byte order mark and CRLF are borne. */
export function parseCname(content: string): Domain[] {
  return refuseMany(unique(words(content.replace(/^\uFEFF/, '')).map(parseDomain)));
}

/** Each is a claim of its own in the store, and a name in the router of all sites. */
export const maxDomains = 500;

/** @throws E_DOMAINS_MANY */
function refuseMany(domains: readonly Domain[]): Domain[] {
  if (domains.length > maxDomains) throw errors.E_DOMAINS_MANY({ count: domains.length, most: maxDomains });
  return [...domains];
}

function words(text: string): string[] {
  return text
    .replaceAll(/#.*$/gm, '')
    .split(/[\s,]+/)
    .filter((word) => word !== '');
}

function unique(domains: readonly Domain[]): Domain[] {
  return [...new Set(domains)];
}

/** A domain and why the site has it. */
export interface SiteDomain {
  readonly domain: Domain;
  /** What is set counts before the site file, and that before CNAME. */
  readonly origin: 'default' | 'CNAME' | 'site file' | 'domains:set';
}

/** The domains that a repository asks for in its own files, each once. */
export function declaredDomains({ domains, conf }: Pick<Declared, 'domains' | 'conf'>): SiteDomain[] {
  const inFile = conf?.domains ?? [];
  return unique([...domains, ...inFile]).map((domain) => ({
    domain,
    origin: inFile.includes(domain) ? 'site file' : 'CNAME',
  }));
}

type Suffixes = Pick<ResolvedConfig, 'domainSuffix' | 'extraSuffixes'>;
const suffixesOf = ({ domainSuffix, extraSuffixes }: Suffixes) => [domainSuffix, ...extraSuffixes];

/** Those that a site has without asking. */
export function defaultDomains(site: SiteName, config: Suffixes): Domain[] {
  return suffixesOf(config).map((suffix) => defaultDomain(site, suffix));
}

/**
 * All domains of a site, the default ones first.
 * @param declared those of the repository's own files
 * @param set those that `domains:add` and `domains:set` asked for
 * @throws E_DOMAIN_TAKEN for the default domain of another site, E_DOMAIN_WILDCARD, E_DOMAINS_MANY
 */
export function resolveDomains(
  site: SiteName,
  config: Suffixes,
  declared: readonly SiteDomain[],
  set: readonly Domain[],
): SiteDomain[] {
  const suffixes = suffixesOf(config);
  const defaults = defaultDomains(site, config);
  const strongestFirst: readonly SiteDomain[] = [
    ...defaults.map((domain) => ({ domain, origin: 'default' as const })),
    ...set.map((domain) => ({ domain, origin: 'domains:set' as const })),
    ...declared,
  ];
  const all = refuseMany(unique([...defaults, ...declared.map(({ domain }) => domain), ...set]));
  return all.map((domain) => {
    for (const suffix of suffixes) refuseNeighbours(domain, site, suffix);
    return strongestFirst.find((one) => one.domain === domain) as SiteDomain;
  });
}

/** Names directly under a suffix belong to the site of that name alone, and no wildcard takes them from it. */
function refuseNeighbours(domain: Domain, site: SiteName, suffix: Domain): void {
  const own = defaultDomain(site, suffix);
  if (isWildcard(domain)) {
    const base = domain.slice(2);
    const above = base === suffix || isBelow(suffix, base);
    const beside = isBelow(base, suffix) && base !== own && !isBelow(base, own);
    if (above || beside) throw errors.E_DOMAIN_WILDCARD({ domain, suffix, own });
    return;
  }
  const inside = isBelow(domain, suffix) ? domain.slice(0, -suffix.length - 1) : '';
  if (inside !== '' && !inside.includes('.') && domain !== own)
    throw errors.E_DOMAIN_TAKEN({ domain, owner: inside });
}

const isBelow = (name: string, other: string) => name.endsWith(`.${other}`);

/** How the domains of a site's own are to change; at most one of the three. */
export interface DomainsChange {
  /** The whole list, as `domains:set` gives it. */
  readonly domains?: readonly Domain[];
  readonly addDomains?: readonly Domain[];
  readonly removeDomains?: readonly Domain[];
}

/** What `domains:set` and `domains:add` asked for, or whoever wrote the DOMAINS key since. */
export function ownDomains(settings: Settings, record: DomainRecord): readonly Domain[] {
  const value = (settings as Record<string, string>)['DOMAINS'];
  return value === undefined || value === record.written ? record.set : parseDomains(value);
}

/**
 * The site's own domains after a change; deleting the DOMAINS key gives all of them up.
 * @param change its settings may set or delete the DOMAINS key itself
 * @throws E_DOMAIN_MISSING: what is removed is none of them
 */
export function changedDomains(
  site: SiteName,
  settings: Settings,
  record: DomainRecord,
  change: DomainsChange & { readonly settings?: Readonly<Record<string, string | null>> } = {},
): readonly Domain[] {
  if (change.domains) return change.domains;
  const key = change.settings?.['DOMAINS'];
  const now = typeof key === 'string' ? ({ ...settings, DOMAINS: key } as Settings) : settings;
  const own = key === null ? [] : ownDomains(now, record);
  const { addDomains = [], removeDomains = [] } = change;
  const missing = removeDomains.filter((domain) => !own.includes(domain));
  if (missing.length > 0) throw errors.E_DOMAIN_MISSING({ site, domains: missing });
  return unique([...own, ...addDomains]).filter((domain) => !removeDomains.includes(domain));
}

/** Whether a change names a wildcard, which takes every name below it: operators alone may. */
export function asksForWildcard(
  change: DomainsChange & { readonly settings?: Readonly<Record<string, string | null>> },
): boolean {
  const { domains = [], addDomains = [], removeDomains = [], settings } = change;
  return (
    [...domains, ...addDomains, ...removeDomains].some(isWildcard) ||
    (settings?.['DOMAINS']?.includes('*') ?? false)
  );
}

/** The DOMAINS value: sorted, unique, separated by spaces. */
export function domainsValue(domains: readonly Domain[]): string {
  return unique(domains).toSorted().join(' ');
}
