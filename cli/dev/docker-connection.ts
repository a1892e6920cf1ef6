/** A client of the engine that a private instance uses. */
import type Docker from 'dockerode';

/** @param dockerHost `unix:///path` or `tcp://host:port` */
export async function connectDocker(dockerHost: string): Promise<Docker> {
  const { default: Engine } = await import('dockerode');
  return new Engine(connection(dockerHost));
}

function connection(dockerHost: string): Docker.DockerOptions {
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) };
  const { hostname, port } = new URL(dockerHost);
  return { host: hostname, port, protocol: 'http' };
}
