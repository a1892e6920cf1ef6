/** A client of the engine that a private instance uses. */
import type Docker from 'dockerode';
import { dockerEndpoint } from './docker-http.ts';
import { errors } from './errors.ts';

/** @param dockerHost `unix:///path` or `tcp://host:port` */
export async function connectDocker(dockerHost: string): Promise<Docker> {
  const { default: Engine } = await import('dockerode');
  const endpoint = dockerEndpoint(dockerHost);
  if (!endpoint) throw errors.E_DEV_ENGINE({ dockerHost });
  return new Engine('socketPath' in endpoint ? endpoint : { ...endpoint, protocol: 'http' });
}
