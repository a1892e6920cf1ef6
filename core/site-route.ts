/** What a site's settings ask of the router: its certificate, its limits, its template. Pure. */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { pairOf } from './certificate.ts';
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import type { Certificate, RouteOptions, Settings } from './release.ts';
import { settingValue } from './site-options.ts';

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
  const [chain, key] = [settingValue(settings, 'SSL_CERTIFICATE'), settingValue(settings, 'SSL_KEY')];
  const [httpsOnly, template] = [settingValue(settings, 'SSL_FORCED'), settingValue(settings, 'NGINX_ALT')];
  const certificate = chain && key ? pair(site, chain, key) : undefined;
  if (httpsOnly && !certificate && !hasDefault) {
    const problem =
      'SSL_FORCED needs a certificate: SSL_CERTIFICATE and SSL_KEY, or https.certificate in octohost.config.ts.';
    throw errors.E_SETTINGS({ site, problems: [problem] });
  }
  return {
    options: {
      ...(httpsOnly ? { httpsOnly } : {}),
      ...(template ? { template } : {}),
      ...given('maxBodyBytes', settingValue(settings, 'OCTO_MAX_BODY_SIZE')),
      ...given('timeoutSeconds', settingValue(settings, 'OCTO_REQUEST_TIMEOUT')),
      ...given('buffering', settingValue(settings, 'OCTO_BUFFERING')),
      ...given('sticky', settingValue(settings, 'OCTO_STICKY')),
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
