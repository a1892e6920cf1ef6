/** Everything → nginx's configuration, as text with its generation, and the files it includes. Pure. */
import Mustache from 'mustache';
import type { Route, SiteName } from '../../core/index.ts';
import { balancer } from './balancer.ts';
import { errors } from './errors.ts';
import { type InForce, siteOfFile } from './in-force.ts';
import type { NginxLayout } from './layout.ts';
import { type ListenOptions, type Listens, listensOf, usesHttps } from './listens.ts';
import { type Host, liveRoutesIn, type Pool, type RouteTable, tableOf } from './live-routes.ts';
import { type ConfText, quoteFor } from './nginx-quote.ts';
import { template } from './nginx-template.ts';
import type { NginxFeatures } from './program.ts';
import { contentKey, type SiteDefaults, serverView } from './site-conf.ts';
import { type ChosenSites, chooseSites, type SiteSources } from './site-files.ts';
import { partials } from './site-template.ts';

export interface ConfOptions extends ListenOptions {
  readonly layout: NginxLayout;
  /** Seconds that requests of an old worker may still take after a change. */
  readonly workerShutdownSeconds: number;
  /** Left out: one for each core. */
  readonly workerProcesses?: number | undefined;
  /** The master runs as root: its workers do too, for they could not read below a private prefix otherwise. */
  readonly asRoot: boolean;
  readonly defaults: SiteDefaults;
  /** Whether a client stays with one instance of a site that does not say. */
  readonly sticky: boolean;
  /** The operator's template for every site that names none. */
  readonly siteTemplate?: string | undefined;
  /** `reload`: also where nginx could do without. */
  readonly routeChange: 'auto' | 'reload';
}

/** One of the operator's own virtual hosts. */
export interface OwnFile {
  readonly path: string;
  /** Content key. */
  readonly key: string;
}

/** All that a configuration is made of, beside the options. */
export interface Sources extends Omit<SiteSources, 'listens'> {
  readonly routes: readonly Route[];
  readonly own: readonly OwnFile[];
  /** Certificate and key for sites without their own; empty where what the operator gives cannot be used. */
  readonly pem?: string | undefined;
  readonly inForce: InForce;
  readonly features: NginxFeatures;
}

/** What nginx did not take. */
export interface LeftOut {
  /** Paths of own files. */
  readonly own: ReadonlySet<string>;
  /** Sites by the file that was refused, and why. */
  readonly sites: ReadonlyMap<SiteName, { readonly file: string; readonly error: Error }>;
  /** Names of refused files of the default certificate. */
  readonly certificates: ReadonlySet<string>;
}

export const nothingLeftOut: LeftOut = { own: new Set(), sites: new Map(), certificates: new Set() };

/** A whole configuration. */
export interface Composed {
  readonly generation: string;
  readonly text: string;
  /** What has to lie below `sites/` for it, by file name; what is in force already lies there. */
  readonly files: ReadonlyMap<string, string>;
  /** What changes without a reload; absent where nothing does. */
  readonly table?: RouteTable;
  /** Own files that are part of it. */
  readonly own: readonly OwnFile[];
  readonly sites: ChosenSites;
  /** The name of the default certificate's file. */
  readonly certificate?: string | undefined;
}

const literal = (text: 'root' | 'auto' | 'empty' | 'refused' | 'maintenance' | '') => text as ConfText;

/**
 * Renders everything but what is left out. The order of routes, domains and upstreams makes no difference.
 * Throws E_NGINX_VALUE for a value that nginx would read as something else, E_NGINX_DOMAIN for a doubled domain.
 */
export function composeConf(sources: Sources, leftOut: LeftOut, options: ConfOptions): Composed {
  const routes = sources.routes.filter(({ domains }) => domains.length > 0).toSorted(bySite);
  const certificate = chooseCertificate(sources, leftOut);
  const hasDefault = certificate !== undefined;
  const { features } = sources;
  const listens = listensOf(options, hasDefault, usesHttps(routes, hasDefault) ? features : undefined);
  const own = sources.own.filter(({ path }) => !leftOut.own.has(path));
  const sites = chooseSites(routes, { ...sources, listens }, leftOut.sites, options);
  const modules = options.routeChange === 'auto' ? features.balancer : undefined;
  const domains = domainViews(routes, sites.refused, modules !== undefined);
  const isMapped = ({ site }: DomainView) => !modules || sites.withFile.has(site);
  const mapped = domains.filter(isMapped);
  const told = domains.filter((domain) => !isMapped(domain));
  const view = viewOf({ routes, domains: mapped, listens, own, sites, certificate, modules }, options);
  const files = new Map(sites.files);
  if (certificate?.pem) files.set(`${certificate.name}.pem`, certificate.pem);
  return {
    ...finished(view, modules && tableOf(told, poolsOf(routes, options.sticky))),
    files,
    own,
    sites,
    certificate: certificate?.name,
  };
}

/** What a configuration is called by follows from its text without these names. */
function finished(
  view: View,
  table: RouteTable | undefined,
): Pick<Composed, 'generation' | 'text' | 'table'> {
  const structure = contentKey(render(view));
  const generation = table ? contentKey(structure, table.key) : structure;
  const key = quoteFor('generation').contentKey;
  const names = { structure: key(structure), generation: key(generation) };
  return table
    ? { generation, text: render({ ...view, ...names, table: table.key }), table }
    : { generation, text: render({ ...view, ...names }) };
}

/** A configuration with the files of its sites, as text for people: no key is in it. Pure. */
export function shownConf({ generation, text, files, table }: Composed): string {
  // What it is called is another name whenever anything is another one.
  const called = Object.values(liveRoutesIn(text) ?? { generation });
  const conf = called.reduce((shown, name) => shown.replaceAll(name, ''), text);
  const live = table ? [`# hosts and instances\n${table.text}`] : [];
  const names = [...files.keys()].filter((name) => name.endsWith('.conf')).toSorted();
  const parts = names.map((name) => `# ${siteOfFile(name.replace(/\.conf$/, ''))}\n${files.get(name)}`);
  return [conf, ...live, ...parts].join('\n');
}

type View = ReturnType<typeof viewOf>;

function render(view: View): string {
  return Mustache.render(template, view, { ...partials, balancer }, { escape: String });
}

interface Parts {
  readonly routes: readonly Route[];
  /** Those of the map. */
  readonly domains: readonly DomainView[];
  readonly listens: Listens;
  readonly own: readonly OwnFile[];
  readonly sites: ChosenSites;
  readonly certificate: { readonly name: string } | undefined;
  /** nginx's modules by which routes change without a reload. */
  readonly modules: readonly string[] | undefined;
}

/** All that the template may use; mustache renders a missing key as nothing, so every one must be here. */
function viewOf({ routes, domains, listens, own, sites, certificate, modules }: Parts, options: ConfOptions) {
  const { layout } = options;
  const quote = quoteFor('nginxRouter');
  const inSites = (name: string) => ({ file: quote.path(`${layout.sitesDir}/${name}`) });
  return {
    structure: literal(''),
    generation: literal(''),
    table: literal(''),
    live: modules ? { modules: modules.map((file) => ({ file: quote.path(file) })) } : false,
    conf: quote.path(layout.conf),
    routesDir: quote.path(layout.routesDir),
    operatorDir: quote.path(layout.operatorDir),
    workerUser: options.asRoot && literal('root'),
    workerProcesses:
      options.workerProcesses === undefined ? literal('auto') : quote.count(options.workerProcesses),
    workerShutdownSeconds: quote.count(options.workerShutdownSeconds),
    pidFile: quote.path(layout.pidFile),
    errorLog: quote.path(layout.errorLog),
    tempDir: quote.path(layout.tempDir),
    statusSocket: `unix:${quote.path(layout.statusSocket)}` as ConfText,
    http: listens.http,
    https: listens.https,
    http2Directive: listens.http2Directive,
    /** https without a certificate for everybody: sites without one are turned away in the handshake. */
    rejecting: listens.https.length > 0,
    certificate: certificate ? inSites(`${certificate.name}.pem`) : false,
    ...serverView(options.defaults, layout, quote),
    mapSize: quote.count(mapSize(domains.length)),
    domains,
    pools: modules ? [] : poolViews(poolsOf(routes, options.sticky)),
    siteFiles: [...sites.chosen.values()].map((name) => inSites(`${name}.conf`)),
    ownFiles: own.map(({ path, key }) => ({ file: quote.path(path), key: quote.contentKey(key) })),
  };
}

/** The wanted one; the one in force where that cannot be had. */
function chooseCertificate(
  { pem, inForce }: Sources,
  { certificates }: LeftOut,
): { name: string; pem?: string } | undefined {
  if (pem === undefined) return undefined;
  const name = `_default.${contentKey(pem)}`;
  if (pem !== '' && !certificates.has(name)) return { name, pem };
  const old = inForce.certificate;
  return old === undefined || certificates.has(old) ? undefined : { name: old };
}

function bySite(a: Route, b: Route): number {
  return a.site < b.site ? -1 : 1;
}

/** nginx warns when a hash does not fit; twice as many places as entries always do. */
function mapSize(entries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2048, entries * 2)));
}

/** A domain, and where requests for it go. */
interface DomainView extends Host {
  readonly site: SiteName;
}

function domainViews(routes: readonly Route[], refused: ReadonlySet<SiteName>, live: boolean): DomainView[] {
  const owners = new Map<string, string>();
  return routes.flatMap((route) => {
    const quote = quoteFor(route.site);
    const target = refused.has(route.site) ? literal('refused') : targetOf(route, live);
    return sortedUnique(route.domains).map((domain) => {
      const owner = owners.get(domain);
      if (owner !== undefined) throw errors.E_NGINX_DOMAIN({ domain, sites: [owner, route.site] });
      owners.set(domain, route.site);
      return { site: route.site, name: quote.hostName(domain), target };
    });
  });
}

/** The name of a pool, an endpoint where that is all there is to it, `empty`, or `maintenance`. */
function targetOf(route: Route, live: boolean): ConfText {
  if (route.maintenance) return literal('maintenance');
  const [first, ...more] = endpoints(route);
  if (first === undefined) return literal('empty');
  return live || more.length > 0 ? quoteFor(route.site).upstreamName(route.site) : first;
}

function poolsOf(routes: readonly Route[], sticky: boolean): Pool[] {
  return routes.flatMap((route) => {
    const found = endpoints(route);
    const name = quoteFor(route.site).upstreamName(route.site);
    return found.length === 0 ? [] : [{ name, endpoints: found, sticky: route.sticky ?? sticky }];
  });
}

/** One instance alone needs no upstream block. */
function poolViews(pools: readonly Pool[]) {
  return pools
    .filter((pool) => pool.endpoints.length > 1)
    .map((pool) => ({ ...pool, servers: pool.endpoints.map((endpoint) => ({ endpoint })) }));
}

function endpoints({ site, upstreams }: Route): ConfText[] {
  const quote = quoteFor(site);
  return sortedUnique(upstreams.map(({ address, port }) => quote.endpoint(address, port)));
}

function sortedUnique<Text extends string>(values: readonly Text[]): Text[] {
  return [...new Set(values)].toSorted();
}
