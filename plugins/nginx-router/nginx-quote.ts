/**
 * The one place where a value becomes text of nginx's configuration. Nothing is escaped: what could change the
 * meaning is refused, so that what is left needs no quotes. Pure.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { errors } from './errors.ts';

declare const checked: unique symbol;
/** Text that may stand in a configuration as it is. Only this module makes it. */
export type ConfText = string & { readonly [checked]: true };

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const hostPattern = new RegExp(`^(?:\\*\\.)?${label}(?:\\.${label})*$`);
const sitePattern = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/;
/** Letters of any script, digits and a few signs; no blanks, quotes, `;{}$\#`, and nothing that `include` expands. */
const pathPattern = /^(?:\/[\p{L}\p{N}._@+,=~-]+)+$/u;
const sizePattern = /^[0-9]{1,15}[kKmMgG]?$/;
const generationPattern = /^[0-9a-f]{0,64}$/;
const maxHost = 253;
const maxSite = 63;

/** Whether a path can be written into a configuration. */
export function isPath(value: string): boolean {
  return pathPattern.test(value) && !/\/\.\.?(?:\/|$)/.test(value);
}

/** Makes ConfText of values that belong to one owner: a site, or nginxRouter's options. Throws E_NGINX_VALUE. */
export function quoteFor(owner: string) {
  const check = (what: string, value: string, allowed: boolean): ConfText => {
    if (!allowed) throw errors.E_NGINX_VALUE({ owner, what, value });
    return value as ConfText;
  };
  const wholeNumber = (what: string, value: number, least: number, most: number) =>
    check(what, String(value), Number.isInteger(value) && value >= least && value <= most);
  const port = (value: number) => wholeNumber('port', value, 1, 65_535);
  const siteName = (value: string) =>
    check('site name', value, value.length <= maxSite && sitePattern.test(value));

  return {
    /** A lower-case host name in ASCII; one that begins with `*.` is a wildcard, and weaker than every plain name. */
    hostName: (value: string) =>
      check('host name', value, value.length <= maxHost && hostPattern.test(value)),
    /** `192.0.2.1:80`, `[2001:db8::1]:80`. A zone (`%eth0`) is refused. */
    endpoint: (address: string, number: number) => {
      const host = isIPv6(address) ? `[${address}]` : address;
      check('address', address, isIPv4(address) || (isIPv6(address) && !address.includes('%')));
      return `${host}:${port(number)}` as ConfText;
    },
    port,
    siteName,
    /** The name of a site's upstream block. */
    upstreamName: (site: string) => `octohost_${siteName(site)}` as ConfText,
    /** An absolute path. */
    path: (value: string) => check('path', value, isPath(value)),
    /** Bytes, or with k, m, g: `1g`. */
    size: (value: string) => check('size', value, sizePattern.test(value)),
    count: (value: number) => wholeNumber('number', value, 0, 1_000_000_000),
    /** A content key in hexadecimal digits. */
    contentKey: (value: string) => check('content key', value, generationPattern.test(value)),
  };
}
