/** Which file each site has: the wanted one, or where that cannot be had the one in force. Pure. */
import { isOctohostError, type Route, type SiteName } from '../../core/index.ts';
import { errors } from './errors.ts';
import type { InForce } from './in-force.ts';
import type { NginxLayout } from './layout.ts';
import type { Listens } from './listens.ts';
import { renderSite, type SiteDefaults, type SiteFile, thoseWithFile } from './site-conf.ts';
import type { FoundTemplate } from './templates.ts';

export interface SiteSources {
  /** The operator's templates that any of the sites names. */
  readonly templates: ReadonlyMap<string, FoundTemplate>;
  readonly inForce: InForce;
  readonly listens: Listens;
}

export interface ChosenSites {
  /** Those that have a file, or would have one if it could be had. */
  readonly withFile: ReadonlySet<SiteName>;
  /** The name of each file that is included. */
  readonly chosen: ReadonlyMap<SiteName, string>;
  /** Those that were rendered. */
  readonly rendered: ReadonlyMap<SiteName, SiteFile>;
  /** What has to be written, by file name. */
  readonly files: ReadonlyMap<string, string>;
  /** Why a site does not have what it wants. */
  readonly errors: ReadonlyMap<SiteName, Error>;
  /** Sites that were never in force as they are wanted, and answer 503. */
  readonly refused: ReadonlySet<SiteName>;
}

interface SiteOptions {
  readonly layout: NginxLayout;
  readonly defaults: SiteDefaults;
  readonly siteTemplate?: string | undefined;
}

type LeftOutSites = ReadonlyMap<SiteName, { readonly file: string; readonly error: Error }>;

export function chooseSites(
  routes: readonly Route[],
  sources: SiteSources,
  leftOut: LeftOutSites,
  options: SiteOptions,
): ChosenSites {
  const chosen = new Map<SiteName, string>();
  const rendered = new Map<SiteName, SiteFile>();
  const failures = new Map<SiteName, Error>();
  const refused = new Set<SiteName>();
  const withFile = thoseWithFile(routes, options.siteTemplate !== undefined);
  for (const route of routes.filter(({ site }) => withFile.has(site))) {
    const { site } = route;
    const left = leftOut.get(site);
    const wanted = left?.error ?? wantedFile(route, sources, options);
    if (!(wanted instanceof Error)) {
      rendered.set(site, wanted);
      chosen.set(site, wanted.name);
      continue;
    }
    failures.set(site, wanted);
    const old = sources.inForce.sites.get(site);
    if (old !== undefined && old !== left?.file) chosen.set(site, old);
    else if (!sources.inForce.isPlain(route)) refused.add(site);
  }
  return { withFile, chosen, rendered, files: filesOf(rendered), errors: failures, refused };
}

/** An error where nothing can be rendered. */
function wantedFile(
  route: Route,
  { templates, listens }: SiteSources,
  options: SiteOptions,
): SiteFile | Error {
  const { site } = route;
  const name = route.template ?? options.siteTemplate ?? '';
  const template = templates.get(name);
  if (template && 'problem' in template)
    return errors.E_NGINX_TEMPLATE({ name, site, problem: template.problem }, { site });
  try {
    return renderSite(route, { ...options, listens }, template);
  } catch (error) {
    if (isOctohostError(error)) return error;
    throw error;
  }
}

function filesOf(rendered: ReadonlyMap<SiteName, SiteFile>): Map<string, string> {
  return new Map(
    [...rendered.values()].flatMap(({ name, text, pem }): [string, string][] => [
      [`${name}.conf`, text],
      ...(pem === undefined ? [] : ([[`${name}.pem`, pem]] as [string, string][])),
    ]),
  );
}
