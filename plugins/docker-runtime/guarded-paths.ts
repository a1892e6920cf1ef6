/** Paths by which a container could reach the engine, and so the host. Pure. */
import type { DockerHost } from '../shared/docker-host.ts';

const sockets = ['/run/docker.sock', '/var/run/docker.sock', '/run/containerd/containerd.sock'];

/** The sockets of this engine and the usual ones, and where it keeps the files of all containers. */
export function guardedPaths(host: DockerHost): string[] {
  const own = host.kind === 'unix' ? [host.path] : [];
  return [...new Set([...own, ...sockets, '/var/lib/docker'])];
}
