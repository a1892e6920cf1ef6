/** Where the Docker Engine is: DOCKER_HOST's grammar. Pure. */
import { dockerErrors } from './docker-errors.ts';

export type DockerHost =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly certificates?: string };

type Environment = Readonly<Record<string, string | undefined>>;

const defaultHost = 'unix:///var/run/docker.sock';

/**
 * The engine's address as the docker command finds it: the option, then DOCKER_HOST, then the usual socket. With
 * DOCKER_TLS_VERIFY a tcp address is spoken to over TLS, with ca.pem, cert.pem and key.pem of DOCKER_CERT_PATH; without,
 * only one of this host: whoever listens on the way would be root there, and see every environment. Throws E_DOCKER_HOST, E_DOCKER_CLEAR.
 */
export function parseDockerHost(option: string | undefined, environment: Environment): DockerHost {
  const text = option ?? (environment['DOCKER_HOST'] || defaultHost);
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length);
    if (!path.startsWith('/')) throw dockerErrors.E_DOCKER_HOST({ host: text });
    return { kind: 'unix', path };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'tcp:' || url.hostname === '' || url.username !== '' || !/^\/?$/.test(url.pathname))
    throw dockerErrors.E_DOCKER_HOST({ host: text });
  const secure = Boolean(environment['DOCKER_TLS_VERIFY']);
  const certificates = secure ? environment['DOCKER_CERT_PATH'] : undefined;
  if (secure && !certificates)
    throw dockerErrors.E_DOCKER_HOST({ host: `${text} (TLS without DOCKER_CERT_PATH)` });
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!secure && !/^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host))
    throw dockerErrors.E_DOCKER_CLEAR({ host: text });
  return {
    kind: 'tcp',
    host,
    port: Number(url.port || (secure ? 2376 : 2375)),
    ...(certificates ? { certificates } : {}),
  };
}

/** The address for people. */
export function showDockerHost(host: DockerHost): string {
  return host.kind === 'unix' ? host.path : `${host.host}:${host.port}`;
}
