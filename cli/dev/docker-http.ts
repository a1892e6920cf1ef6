/** The few questions asked of a Docker engine before and after a client library is worth loading. */
import { type RequestOptions, request } from 'node:http';

export type DockerEndpoint =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number };

/**
 * How Node's http reaches a Docker host.
 * @param dockerHost `unix:///path`, `tcp://host:port` or `http://host:port`, as in DOCKER_HOST
 * @returns undefined for anything else (ssh://, npipe://)
 */
export function dockerEndpoint(dockerHost: string): DockerEndpoint | undefined {
  const socket = /^unix:\/\/(\/.+)$/.exec(dockerHost)?.[1];
  if (socket) return { socketPath: socket };
  const url = /^(?:tcp|http):\/\//.test(dockerHost) ? URL.parse(dockerHost.replace(/^tcp:/, 'http:')) : null;
  if (!url?.hostname) return undefined;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 2375) };
}

/** One request to an engine; the body is whole text. Rejects when nothing answers within `timeoutMs`. */
export function dockerRequest(
  endpoint: RequestOptions,
  method: 'GET' | 'POST',
  path: string,
  timeoutMs = 10_000,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const call = request({ ...endpoint, method, path, signal, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.once('error', reject);
    call.end();
  });
}

/** True if a Docker engine answers at this address (`unix://` or `tcp://`, without TLS) within two seconds. */
export async function dockerHostAnswers(dockerHost: string): Promise<boolean> {
  const endpoint = dockerEndpoint(dockerHost);
  if (!endpoint) return false;
  const answer = await dockerRequest(endpoint, 'GET', '/_ping', 2_000).catch(() => undefined);
  return answer?.status === 200;
}
