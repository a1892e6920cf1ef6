/**
 * The one grammar of names that come from outside: sites, branches, refs, revisions, domains, setting keys.
 * A string becomes a typed name here and nowhere else.
 */
import { BlockList, isIP, SocketAddress } from 'node:net';
import { domainToASCII } from 'node:url';
import { errors } from './error-catalogue.ts';

declare const kind: unique symbol;
type Named<Kind extends string> = string & { readonly [kind]: Kind };

/** What a user pushes to: `[a-z0-9]+([-_][a-z0-9]+)*`, at most 63 characters. */
export type SiteName = Named<'site'>;
/**
 * A lower-case ASCII host name of at least two labels, or `localhost`; at most 253 characters. One that an operator set
 * may be a wildcard, `*.` and a host name: every name below it.
 */
export type Domain = Named<'domain'>;
/** The name of a setting or an environment variable: a letter or `_`, then letters, digits, `_`; at most 128. */
export type SettingKey = Named<'key'>;
/** A full git object id, SHA-1 (40 hexadecimal digits) or SHA-256 (64). */
export type Revision = Named<'revision'>;
/** A full name below `refs/heads/`. */
export type BranchRef = Named<'branch'>;
/** The name of an ssh key: a letter or digit, then letters, digits and `. _ @ + -`; at most 64 characters. */
export type KeyName = Named<'key name'>;
/** An IPv4 or IPv6 address in its shortest form, of one machine. */
export type IpAddress = Named<'address'>;
/** A site's name in which `*` stands for any run of characters; `*` alone is every site. */
export type SitePattern = Named<'site pattern'>;

const sitePattern = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/;
const labelPattern = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const keyNamePattern = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/;
const globPattern = /^(?=.*\*)[a-z0-9_*-]{1,63}$/;
const keyPattern = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const revisionPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what git forbids in a ref
const forbiddenInRef = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|^\/|\.$|\.lock(?:\/|$)|(?:^|\/)\./;

const maxSite = 63;
const maxDomain = 253;
const wildcard = '*.';
const maxValueBytes = 100_000;

/** @throws E_SITE_NAME */
export function parseSiteName(text: string): SiteName {
  if (text.length > maxSite || !sitePattern.test(text)) throw errors.E_SITE_NAME({ name: text });
  return text as SiteName;
}

/** Whether `parseSiteName` takes it. */
export function isSiteName(text: string): text is SiteName {
  return text.length <= maxSite && sitePattern.test(text);
}

/** An international name becomes its ASCII form; a trailing dot is dropped. */
export function parseDomain(text: string): Domain {
  const ascii = domainToASCII(text.trim().replace(/\.$/, '')).toLowerCase();
  const labels = ascii.split('.');
  const shaped =
    ascii === 'localhost' || (labels.length > 1 && labels.every((label) => labelPattern.test(label)));
  const numeric = /^\d+$/.test(labels.at(-1) ?? '');
  // domainToASCII is lenient about delimiters (`a.b/c` is `a.b`): what it dropped must not be dropped silently.
  const lost = /[\s/?#@:\\%]/.test(text.trim());
  if (!shaped || numeric || lost || ascii.length > maxDomain) throw errors.E_DOMAIN({ domain: text });
  return ascii as Domain;
}

/** The same, or a wildcard `*.example.com`: for lists that only an operator can bring a wildcard into. */
export function parseOwnDomain(text: string): Domain {
  const trimmed = text.trim();
  if (!trimmed.startsWith(wildcard)) return parseDomain(text);
  const name = `${wildcard}${parseDomain(trimmed.slice(wildcard.length))}`;
  if (name.length > maxDomain) throw errors.E_DOMAIN({ domain: text });
  return name as Domain;
}

/** Whether it means every name below it: `*.example.com`. */
export function isWildcard(domain: Domain): boolean {
  return domain.startsWith(wildcard);
}

/** @throws E_SETTING_KEY */
export function parseSettingKey(text: string): SettingKey {
  if (!isSettingKey(text)) throw errors.E_SETTING_KEY({ key: text });
  return text;
}

/** Whether `parseSettingKey` takes it. */
export function isSettingKey(text: string): text is SettingKey {
  return keyPattern.test(text);
}

/** A setting's value: UTF-8 text without NUL, up to 100 KB. The value itself is never repeated in an error. */
export function parseSettingValue(key: SettingKey, text: string): string {
  const problem = text.includes('\0')
    ? 'contains a NUL byte'
    : Buffer.byteLength(text) > maxValueBytes
      ? `is longer than ${maxValueBytes} bytes`
      : text.isWellFormed()
        ? undefined
        : 'is no text that UTF-8 can hold';
  if (problem) throw errors.E_SETTING_VALUE({ key, problem });
  return text;
}

/** @throws E_REVISION */
export function parseRevision(text: string): Revision {
  if (!revisionPattern.test(text)) throw errors.E_REVISION({ revision: text });
  return text as Revision;
}

/** @throws E_KEY_NAME */
export function parseKeyName(text: string): KeyName {
  if (!isKeyName(text)) throw errors.E_KEY_NAME({ name: text });
  return text;
}

/** Whether `parseKeyName` takes it. */
export function isKeyName(text: string): text is KeyName {
  return keyNamePattern.test(text);
}

/** Without a `*` it must be the name of a site. Several `*` in a row are one. */
export function parseSitePattern(text: string): SitePattern {
  if (!isSitePattern(text)) throw errors.E_SITE_PATTERN({ pattern: text });
  return text.replaceAll(/\*+/g, '*') as SitePattern;
}

/** Whether `parseSitePattern` takes it. */
export function isSitePattern(text: string): boolean {
  return isSiteName(text) || globPattern.test(text);
}

/** Whether a pattern means a site. Its pieces are looked for from left to right, so no pattern is slow. */
export function matchesSite(pattern: SitePattern, site: SiteName): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return site === first;
  if (!site.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = site.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return site.length - last.length >= at && site.endsWith(last);
}

const nobody = listOf(
  ['0.0.0.0', 8, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
);
const local = listOf(
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
);

function listOf(...subnets: readonly Parameters<BlockList['addSubnet']>[]): () => BlockList {
  let list: BlockList | undefined;
  return () => {
    if (list) return list;
    list = new BlockList();
    for (const subnet of subnets) list.addSubnet(...subnet);
    return list;
  };
}

/** Of one machine: no name, no group, no zone. An IPv4 address that is written as IPv6 becomes what it is. */
export function parseIpAddress(text: string): IpAddress {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) throw errors.E_IP_ADDRESS({ address: text });
  const address =
    family === 4
      ? text
      : new SocketAddress({ address: text, family: 'ipv6' }).address.replace(/^::ffff:(?=.*\.)/, '');
  if (nobody().check(address, familyOf(address))) throw errors.E_IP_ADDRESS({ address: text });
  return address as IpAddress;
}

/** Whether an address leads to this machine itself or to its own link, where services answer that nobody else reaches. */
export function isLocalAddress(address: IpAddress): boolean {
  return local().check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/** 1 to 65535, in decimal digits alone. @throws E_PORT_NUMBER */
export function parsePort(text: string): number {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw errors.E_PORT_NUMBER({ port: text });
  return port;
}

/** git's own rules for a ref name (git-check-ref-format), for names below `refs/heads/`. */
export function parseBranchRef(text: string): BranchRef {
  const name = text.startsWith('refs/heads/') ? text.slice('refs/heads/'.length) : '';
  if (name === '' || name.startsWith('-') || name.length > 200 || forbiddenInRef.test(name))
    throw errors.E_REF({ ref: text });
  return text as BranchRef;
}

/** The name of a branch without `refs/heads/`. */
export function branchOf(ref: string): string {
  return ref.slice('refs/heads/'.length);
}

/** `main` and `master` are the site itself; another branch `x` of `app` is the site `app-x`. */
export function siteOfBranch(repository: SiteName, ref: BranchRef): SiteName {
  const branch = branchOf(ref);
  if (branch === 'main' || branch === 'master') return repository;
  return parseSiteName(`${repository}-${branch.toLowerCase().replaceAll('/', '-')}`);
}

/** `<site>.<suffix>`, with `_` turned into `-` because host names know no underscore. */
export function defaultDomain(site: SiteName, suffix: Domain): Domain {
  return parseDomain(`${site.replaceAll('_', '-')}.${suffix}`);
}
