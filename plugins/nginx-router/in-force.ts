/** What a configuration that is in force says of sites, so that one which cannot change stays as it is. Pure. */
import type { Route, SiteName } from '../../core/index.ts';
import type { NginxLayout } from './layout.ts';

export interface InForce {
  /** The names of the files of sites that have one. */
  readonly sites: ReadonlyMap<string, string>;
  /** The name of the default certificate's file. */
  readonly certificate?: string;
  /** Whether the site answers, without a file of its own. */
  isPlain(route: Route): boolean;
}

/** The name of a file below `sites/`, without its extension. */
const fileName = '(?:_default|[a-z0-9]+(?:[-_][a-z0-9]+)*)\\.[0-9a-f]{16}';
const escaped = (text: string) => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');

/** Names of all files below `sites/` that a text of nginx's names, in order. */
export function siteFilesIn(text: string, { sitesDir }: NginxLayout): string[] {
  const pattern = new RegExp(`${escaped(sitesDir)}/(${fileName})\\.(?:conf|pem)\\b`, 'g');
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** The site of a file's name. */
export function siteOfFile(name: string): SiteName {
  return name.slice(0, name.lastIndexOf('.')) as SiteName;
}

/**
 * @param text nginx.conf
 * @param table the table of live routes that it names; empty where it has none
 */
export function readInForce(text: string, table: string, layout: NginxLayout): InForce {
  const names = siteFilesIn(text, layout);
  const certificate = names.find((name) => siteOfFile(name) === '_default');
  const sites = new Map(names.map((name) => [siteOfFile(name) as string, name]));
  return {
    sites,
    ...(certificate ? { certificate } : {}),
    isPlain: ({ site, domains }) =>
      !sites.has(site) &&
      domains.some((domain) => {
        const inMap = new RegExp(`^    ${escaped(domain)} (?!refused;)`, 'm');
        const inTable = new RegExp(`^host ${escaped(domain)} `, 'm');
        return inMap.test(text) || inTable.test(table);
      }),
  };
}
