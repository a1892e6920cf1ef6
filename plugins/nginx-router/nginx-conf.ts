/** Routes and options → nginx's configuration, as text with its generation. Pure. */
import { createHash } from 'node:crypto';
import Mustache from 'mustache';
import type { PreparedRoutes, Route } from '../../core/index.ts';
import { errors } from './errors.ts';
import type { NginxLayout } from './layout.ts';
import { type ConfText, quoteFor } from './nginx-quote.ts';
import { template } from './nginx-template.ts';

export interface ConfOptions {
  readonly layout: NginxLayout;
  readonly http: { readonly address: string; readonly port: number };
  /** Seconds that requests of an old worker may still take after a change. */
  readonly workerShutdownSeconds: number;
  /** The largest request body, `1g`; `0` is any. */
  readonly maxBodySize: string;
  /** Left out: one for each core. */
  readonly workerProcesses?: number | undefined;
  /** The master runs as root: its workers do too, for they could not read below a private prefix otherwise. */
  readonly asRoot: boolean;
  /** Content key of the operator's own files, so that a change of them is another generation. */
  readonly operatorKey: string;
}

interface DomainView {
  readonly name: ConfText;
  /** An endpoint, the name of a pool, or `empty`. */
  readonly target: ConfText;
}

interface PoolView {
  readonly name: ConfText;
  readonly servers: readonly { readonly endpoint: ConfText }[];
}

/** All that the template may use; mustache renders a missing key as nothing, so every one must be here. */
interface ConfView {
  readonly generation: ConfText;
  readonly operatorDir: ConfText;
  readonly operatorKey: ConfText;
  readonly workerUser: ConfText | false;
  readonly workerProcesses: ConfText;
  readonly workerShutdownSeconds: ConfText;
  readonly pidFile: ConfText;
  readonly errorLog: ConfText;
  readonly tempDir: ConfText;
  readonly statusSocket: ConfText;
  readonly listen: ConfText;
  readonly bothFamilies: boolean;
  readonly maxBodySize: ConfText;
  readonly mapSize: ConfText;
  readonly domains: readonly DomainView[];
  readonly pools: readonly PoolView[];
}

const literal = (text: 'root' | 'auto' | 'empty' | '') => text as ConfText;
const generationDigits = 16;

/**
 * Renders everything. The order of routes, domains and upstreams makes no difference to the result.
 * Throws E_NGINX_VALUE for a value that nginx would read as something else, E_NGINX_DOMAIN for a doubled domain.
 */
export function renderConf(routes: readonly Route[], options: ConfOptions): PreparedRoutes {
  const view = viewOf(routes, options);
  const generation = createHash('sha256').update(render(view)).digest('hex').slice(0, generationDigits);
  const text = render({ ...view, generation: quoteFor('generation').contentKey(generation) });
  return { generation, text };
}

function render(view: ConfView): string {
  return Mustache.render(template, view, undefined, { escape: String });
}

function viewOf(routes: readonly Route[], options: ConfOptions): ConfView {
  const { layout, http } = options;
  const quote = quoteFor('nginxRouter');
  const sites = routes.filter(({ domains }) => domains.length > 0).toSorted(bySite);
  const domains = domainViews(sites);
  return {
    generation: literal(''),
    operatorDir: quote.path(layout.operatorDir),
    operatorKey: quote.contentKey(options.operatorKey),
    workerUser: options.asRoot && literal('root'),
    workerProcesses:
      options.workerProcesses === undefined ? literal('auto') : quote.count(options.workerProcesses),
    workerShutdownSeconds: quote.count(options.workerShutdownSeconds),
    pidFile: quote.path(layout.pidFile),
    errorLog: quote.path(layout.errorLog),
    tempDir: quote.path(layout.tempDir),
    statusSocket: `unix:${quote.path(layout.statusSocket)}` as ConfText,
    listen: quote.endpoint(http.address, http.port),
    bothFamilies: http.address === '::',
    maxBodySize: quote.size(options.maxBodySize),
    mapSize: quote.count(mapSize(domains.length)),
    domains,
    pools: sites.flatMap(poolViews),
  };
}

function bySite(a: Route, b: Route): number {
  return a.site < b.site ? -1 : 1;
}

/** nginx warns when a hash does not fit; twice as many places as entries always do. */
function mapSize(entries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2048, entries * 2)));
}

function domainViews(sites: readonly Route[]): DomainView[] {
  const owners = new Map<string, string>();
  return sites.flatMap((route) => {
    const quote = quoteFor(route.site);
    const target = targetOf(route);
    return sortedUnique(route.domains).map((domain) => {
      const owner = owners.get(domain);
      if (owner !== undefined) throw errors.E_NGINX_DOMAIN({ domain, sites: [owner, route.site] });
      owners.set(domain, route.site);
      return { name: quote.hostName(domain), target };
    });
  });
}

function targetOf(route: Route): ConfText {
  const [first, ...more] = endpoints(route);
  if (first === undefined) return literal('empty');
  return more.length === 0 ? first : quoteFor(route.site).upstreamName(route.site);
}

function poolViews(route: Route): PoolView[] {
  const servers = endpoints(route).map((endpoint) => ({ endpoint }));
  return servers.length < 2 ? [] : [{ name: quoteFor(route.site).upstreamName(route.site), servers }];
}

function endpoints({ site, upstreams }: Route): ConfText[] {
  const quote = quoteFor(site);
  return sortedUnique(upstreams.map(({ address, port }) => quote.endpoint(address, port)));
}

function sortedUnique<Text extends string>(values: readonly Text[]): Text[] {
  return [...new Set(values)].toSorted();
}
