/** What a site's settings ask of the router: its certificate, its limits, its template. Pure. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { certificateChain, pairOf, privateKey } from './certificate.ts';
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import type { Certificate, RouteOptions, Settings } from './release.ts';
import { bytesIn, flag, type Parse, wholeNumber } from './setting-values.ts';

const maxBody: Parse<number> = (value) => {
  const amount = bytesIn(value);
  return amount !== undefined && amount <= 1024 ** 4
    ? amount
    : { problem: 'is not a size such as 50m or 2g; 0 is any' };
};

const templateName: Parse<string> = (value) =>
  value === '' || /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/.test(value)
    ? value
    : {
        problem:
          "is not the name of a template: letters, digits, - and _; a template is a file in the operator's own folder",
      };

/** A value that is set and empty is none: so one half after the other can be taken away. */
const orNone =
  <Value>(parse: Parse<Value>): Parse<Value | undefined> =>
  (value) =>
    value.trim() === '' ? undefined : parse(value);

/** The settings that concern the router. Names without OCTO_ are the original's. */
export const routeSettings = {
  NGINX_ALT: templateName,
  SSL_FORCED: flag,
  SSL_CERTIFICATE: orNone(certificateChain),
  SSL_KEY: orNone(privateKey),
  OCTO_MAX_BODY_SIZE: maxBody,
  OCTO_REQUEST_TIMEOUT: wholeNumber(1, 86_400),
  OCTO_BUFFERING: flag,
  OCTO_STICKY: flag,
} as const;

/** What a release takes for its route. */
export interface ResolvedRoute {
  /** Without the certificate's content key. */
  readonly options: Omit<RouteOptions, 'tls'>;
  readonly certificate?: Certificate;
  /** What the pusher should know, one line each. */
  readonly remarks: readonly string[];
}

/**
 * Resolves the settings, each of which is right by itself (`resolveSite` has seen to that).
 * @param hasDefault whether the installation has a certificate for sites without one of their own
 * @throws E_SETTINGS where they do not go together
 */
export function resolveRoute(site: SiteName, settings: Settings, hasDefault: boolean): ResolvedRoute {
  const known = read(settings);
  const { SSL_CERTIFICATE: chain, SSL_KEY: key, SSL_FORCED: httpsOnly } = known;
  const certificate = chain && key ? pair(site, chain, key) : undefined;
  if (httpsOnly && !certificate && !hasDefault) {
    const problem =
      'SSL_FORCED needs a certificate: SSL_CERTIFICATE and SSL_KEY, or https.certificate in octohost.config.ts.';
    throw errors.E_SETTINGS({ site, problems: [problem] });
  }
  return {
    options: {
      ...(httpsOnly ? { httpsOnly } : {}),
      ...(known.NGINX_ALT ? { template: known.NGINX_ALT } : {}),
      ...given('maxBodyBytes', known.OCTO_MAX_BODY_SIZE),
      ...given('timeoutSeconds', known.OCTO_REQUEST_TIMEOUT),
      ...given('buffering', known.OCTO_BUFFERING),
      ...given('sticky', known.OCTO_STICKY),
    },
    ...(certificate ? { certificate } : {}),
    remarks: halfRemark(chain, key),
  };
}

function pair(site: SiteName, chain: readonly X509Certificate[], key: KeyObject): Certificate {
  const found = pairOf(chain, key);
  if ('problem' in found) throw errors.E_SETTINGS({ site, problems: [`SSL_KEY ${found.problem}.`] });
  return found;
}

function halfRemark(chain: unknown, key: unknown): string[] {
  if ((chain === undefined) === (key === undefined)) return [];
  const [has, lacks] = chain ? ['SSL_CERTIFICATE', 'SSL_KEY'] : ['SSL_KEY', 'SSL_CERTIFICATE'];
  return [`${has} has no effect until ${lacks} is set too`];
}

function given<Name extends keyof RouteOptions, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Each in Name]?: Value };
}

type Values = {
  readonly [Name in keyof typeof routeSettings]?: Exclude<
    ReturnType<(typeof routeSettings)[Name]>,
    { readonly problem: string }
  >;
};

function read(settings: Settings): Values {
  const values = settings as Readonly<Record<string, string>>;
  const found = Object.entries(routeSettings).flatMap(([name, parse]) => {
    const value = values[name];
    return value === undefined ? [] : [[name, parse(value)] as const];
  });
  return Object.fromEntries(found) as Values;
}
