/** The file of a site that is more than plain: with its own certificate, limits, redirect or template. Pure. */
import { createHash } from 'node:crypto';
import Mustache from 'mustache';
import type { Route, SiteName } from '../../core/index.ts';
import type { NginxLayout } from './layout.ts';
import type { Listens } from './listens.ts';
import { type ConfText, quoteFor } from './nginx-quote.ts';
import { partials, siteTemplate } from './site-template.ts';

/** What sites have that do not say otherwise. */
export interface SiteDefaults {
  readonly maxBodySize: string;
  readonly timeoutSeconds: number;
  readonly buffering: boolean;
  readonly gzip: boolean;
  /** Of a request line with its headers, and of an answer's headers. */
  readonly maxHeaderSize: string;
}

/** A template of the operator's. */
export interface Template {
  readonly name: string;
  readonly text: string;
}

/** What a site needs below `sites/`; its name changes with whatever is in it. */
export interface SiteFile {
  readonly site: SiteName;
  /** `<site>.<content key>`: of the file `.conf`, and of the file `.pem` where the site has its own certificate. */
  readonly name: string;
  readonly text: string;
  readonly pem?: string;
  /** The name of the operator's template that it was made of. */
  readonly template?: string;
}

/** Values that every server of sites has. */
export function serverView(defaults: SiteDefaults, layout: NginxLayout, quote: ReturnType<typeof quoteFor>) {
  return {
    maxBodySize: quote.size(defaults.maxBodySize),
    maxHeaderSize: quote.size(defaults.maxHeaderSize),
    timeoutSeconds: quote.count(defaults.timeoutSeconds),
    buffering: (defaults.buffering ? 'on' : 'off') as ConfText,
    gzip: defaults.gzip,
    closing: quote.path(layout.closing),
  };
}

/**
 * Sites for which the map of all sites is not enough. nginx prefers a server's wildcard to the default server, so a
 * site below the wildcard of one that has a file needs one too, or it would get that one's limits and certificate.
 */
export function thoseWithFile(routes: readonly Route[], globalTemplate: boolean): ReadonlySet<SiteName> {
  const found = new Set<SiteName>();
  let more = routes.filter((route) => globalTemplate || asksForMore(route));
  // One that gets a file for its place below a wildcard may have a wildcard too.
  while (more.length > 0) {
    for (const { site } of more) found.add(site);
    const suffixes = more
      .flatMap(({ domains }) => domains)
      .filter((domain) => domain.startsWith('*.'))
      .map((domain) => domain.slice(1));
    more = routes.filter(
      ({ site, domains }) =>
        !found.has(site) && domains.some((domain) => suffixes.some((suffix) => domain.endsWith(suffix))),
    );
  }
  return found;
}

function asksForMore({ tls, httpsOnly, template, maxBodyBytes, timeoutSeconds, buffering }: Route): boolean {
  const asks = [tls, httpsOnly, template, maxBodyBytes, timeoutSeconds, buffering];
  return asks.some((each) => each !== undefined);
}

/** Throws E_NGINX_VALUE for a value that nginx would read as something else. */
export function renderSite(
  route: Route,
  { layout, listens, defaults }: { layout: NginxLayout; listens: Listens; defaults: SiteDefaults },
  template?: Template,
): SiteFile {
  const pem = route.tls ? pemOf(route.tls) : undefined;
  const text = (name: string) => {
    const view = viewOf(route, name, { layout, listens, defaults });
    return Mustache.render(template?.text ?? siteTemplate, view, partials, { escape: String });
  };
  const name = `${route.site}.${contentKey(text(`${route.site}.`), pem ?? '')}`;
  return {
    site: route.site,
    name,
    text: text(name),
    ...(pem === undefined ? {} : { pem }),
    ...(template ? { template: template.name } : {}),
  };
}

/** What a template may use; mustache renders a missing key as nothing, so every one must be here. */
function viewOf(
  route: Route,
  name: string,
  { layout, listens, defaults }: { layout: NginxLayout; listens: Listens; defaults: SiteDefaults },
) {
  const quote = quoteFor(route.site);
  const own = {
    ...defaults,
    ...(route.maxBodyBytes === undefined ? {} : { maxBodySize: String(route.maxBodyBytes) }),
    ...(route.timeoutSeconds === undefined ? {} : { timeoutSeconds: route.timeoutSeconds }),
    ...(route.buffering === undefined ? {} : { buffering: route.buffering }),
  };
  return {
    site: quote.siteName(route.site),
    names: [...new Set(route.domains)].toSorted().map(quote.hostName).join(' ') as ConfText,
    http: listens.http,
    https: route.tls || listens.hasDefault ? listens.https : [],
    httpsOnly: route.httpsOnly ?? false,
    httpsSuffix: listens.httpsSuffix,
    certificate: route.tls ? { file: quote.path(`${layout.sitesDir}/${name}.pem`) } : false,
    ...serverView(own, layout, quote),
  };
}

/** Every name that a template may use. */
export const templateNames: ReadonlySet<string> = new Set<
  keyof ReturnType<typeof viewOf> | 'endpoint' | 'parameters' | 'file'
>([
  'site',
  'names',
  'http',
  'https',
  'endpoint',
  'parameters',
  'httpsOnly',
  'httpsSuffix',
  'certificate',
  'file',
  'maxBodySize',
  'maxHeaderSize',
  'timeoutSeconds',
  'buffering',
  'gzip',
  'closing',
]);

/** nginx takes both from one file. */
export function pemOf({ certificate, key }: { readonly certificate: string; readonly key: string }): string {
  return [certificate, key].map((text) => `${text.trimEnd()}\n`).join('');
}

/** 16 hexadecimal digits. */
export function contentKey(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\0${part}`);
  return hash.digest('hex').slice(0, 16);
}
