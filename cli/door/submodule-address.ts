/** What `.gitmodules` says of a submodule's address, and whether it may be followed. Pure. */
import { isSiteName, type SiteName } from '../../core/index.ts';

/** Where a repository is: one of this installation's, or an address that the operator allows. */
export type Address =
  | { readonly kind: 'here'; readonly repository: SiteName }
  | { readonly kind: 'url'; readonly url: string };

export interface AddressRules {
  readonly sameHost: boolean;
  /** Addresses below which everything may be fetched. */
  readonly urls: readonly string[];
  /** Names by which an ssh address means this installation. */
  readonly hosts: readonly string[];
}

/** The addresses by path, from `git config -z --list` of a `.gitmodules`. Of several for one path, the last counts. */
export function parseModules(output: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of output.split('\0')) {
    const end = line.indexOf('\n');
    if (end !== -1) values.set(line.slice(0, end), line.slice(end + 1));
  }
  const addresses = new Map<string, string>();
  for (const [key, path] of values) {
    const name = /^(submodule\..*)\.path$/s.exec(key)?.[1];
    const address = name === undefined ? undefined : values.get(`${name}.url`);
    if (address !== undefined) addresses.set(path, address);
  }
  return addresses;
}

/**
 * Undefined where the address may not be followed. Only https, http and ssh ever are: no local path, no `file:`, no
 * transport of another program, nothing with a password, and nothing encoded that a server could read otherwise.
 * @param base the repository whose `.gitmodules` it is: relative addresses start there
 */
export function resolveAddress(text: string, base: Address, rules: AddressRules): Address | undefined {
  if (text === '' || text.length > 2000 || /[^!-~]|[\\%?#]/.test(text)) return undefined;
  if (/^\.\.?\//.test(text) && base.kind === 'here') return here(/^\.\.\/([^/]+)$/.exec(text)?.[1], rules);
  const url = absolute(text, base);
  if (!url || !['https:', 'http:', 'ssh:'].includes(url.protocol) || url.password !== '') return undefined;
  if (url.protocol !== 'ssh:' && url.username !== '') return undefined;
  if (url.protocol === 'ssh:' && rules.hosts.includes(url.hostname))
    return here(/^\/([^/]+)$/.exec(url.pathname)?.[1], rules);
  return rules.urls.some((allowed) => isBelow(url, new URL(allowed)))
    ? { kind: 'url', url: url.href }
    : undefined;
}

function here(name: string | undefined, rules: AddressRules): Address | undefined {
  const repository = name?.replace(/\.git$/, '') ?? '';
  return rules.sameHost && isSiteName(repository) ? { kind: 'here', repository } : undefined;
}

function absolute(text: string, base: Address): URL | null {
  if (/^\.\.?\//.test(text)) return base.kind === 'url' ? URL.parse(text, `${base.url}/`) : null;
  // user@host:path, which git also takes as ssh.
  const short = /^((?:[\w.-]+@)?[\w.-]+):(?!\/\/)\/?(.*)$/.exec(text);
  return URL.parse(short ? `ssh://${short[1]}/${short[2]}` : text);
}

/** The same protocol, user, host and port, and the same path or one below it. */
function isBelow(url: URL, allowed: URL): boolean {
  const path = allowed.pathname.replace(/\/$/, '');
  return (
    url.protocol === allowed.protocol &&
    url.username === allowed.username &&
    url.host === allowed.host &&
    (url.pathname === path || url.pathname === `${path}.git` || url.pathname.startsWith(`${path}/`))
  );
}

/** An address as it may be shown: without a user or a password, on one line, not too long. */
export function shownAddress(text: string): string {
  return JSON.stringify(text.replace(/\/\/[^/@]*@/, '//').slice(0, 200)).slice(1, -1);
}
