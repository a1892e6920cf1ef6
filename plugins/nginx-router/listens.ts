/** Where nginx listens, as text of its configuration. Pure. */
import type { Route } from '../../core/index.ts';
import { type ConfText, quoteFor } from './nginx-quote.ts';
import type { NginxFeatures } from './program.ts';

export interface ListenOptions {
  readonly http: { readonly address: string; readonly port: number };
  readonly httpsPort: number;
  /** Whether the system has IPv6 at all. */
  readonly ipv6: boolean;
}

export interface Listens {
  readonly http: readonly { readonly endpoint: ConfText }[];
  /** Empty where no certificate is there. */
  readonly https: readonly { readonly endpoint: ConfText; readonly parameters: ConfText }[];
  /** What follows the host in an address of https: nothing, or `:8443`. */
  readonly httpsSuffix: ConfText;
  /** Whether sites without a certificate of their own answer by https. */
  readonly hasDefault: boolean;
  /** HTTP/2 is a directive since nginx 1.25.1; before, it is a parameter of `listen`. */
  readonly http2Directive: boolean;
}

/** True where nginx has to listen for https at all. */
export function usesHttps(routes: readonly Route[], hasDefault: boolean): boolean {
  return hasDefault || routes.some(({ tls, domains }) => tls !== undefined && domains.length > 0);
}

/** @param features undefined: https is not used */
export function listensOf(
  { http, httpsPort, ipv6 }: ListenOptions,
  hasDefault: boolean,
  features: NginxFeatures | undefined,
): Listens {
  const quote = quoteFor('nginxRouter');
  const hosts = addressesOf(http.address, ipv6);
  const http2Parameter = features?.http2 === 'parameter';
  const parameters = (http2Parameter ? 'ssl http2' : 'ssl') as ConfText;
  return {
    http: hosts.map((host) => ({ endpoint: quote.endpoint(host, http.port) })),
    https: features ? hosts.map((host) => ({ endpoint: quote.endpoint(host, httpsPort), parameters })) : [],
    httpsSuffix: (httpsPort === 443 ? '' : `:${quote.port(httpsPort)}`) as ConfText,
    hasDefault,
    http2Directive: features?.http2 === 'directive',
  };
}

/** `::` is both families, each with a socket of its own: clients of IPv4 keep their plain addresses. */
function addressesOf(address: string, ipv6: boolean): string[] {
  if (address !== '::') return [address];
  return ipv6 ? ['0.0.0.0', '::'] : ['0.0.0.0'];
}
