/** An image as the engine describes it, as the facts that core wants. Pure. */
import { posix } from 'node:path';
import type { Image, Port } from '../../core/index.ts';

/** The part of the engine's description that is used. */
export interface InspectedImage {
  readonly Id: string;
  readonly Config?: {
    readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
    readonly Env?: readonly string[] | null;
    readonly Volumes?: Readonly<Record<string, unknown>> | null;
  } | null;
}

/**
 * The ports come in the order of `first`, as far as the image really has them; then the others by number.
 * Volumes are absolute paths, sorted.
 */
export function imageFacts(image: InspectedImage, first: readonly Port[] = []): Omit<Image, 'tag'> {
  const exposed = Object.keys(image.Config?.ExposedPorts ?? {}).flatMap(parsePort);
  const known = new Set(exposed.map(portKey));
  const ordered = first.filter((port) => known.has(portKey(port)));
  const rest = exposed.toSorted((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
  const ports = new Map([...ordered, ...rest].map((port) => [portKey(port), port]));
  const tags = (image.Config?.Env ?? []).find((one) => one.startsWith('CONSUL_TAGS='));
  return {
    id: image.Id,
    ports: [...ports.values()],
    volumes: volumesOf(image),
    ...(tags === undefined ? {} : { serviceTags: tags.slice('CONSUL_TAGS='.length) }),
  };
}

/** `80/tcp`: the engine's own way to write a port. */
export function portKey({ port, protocol }: Port): string {
  return `${port}/${protocol}`;
}

function parsePort(key: string): Port[] {
  const [, port, protocol] = /^(\d{1,5})\/(tcp|udp)$/.exec(key) ?? [];
  return port ? [{ port: Number(port), protocol: protocol as Port['protocol'] }] : [];
}

/**
 * VOLUMEs whose path is not absolute: the engine gives each container a fresh one, whatever is mounted there, so
 * their data does not outlive it.
 */
export function fleetingVolumes(image: InspectedImage): string[] {
  return Object.keys(image.Config?.Volumes ?? {}).filter((path) => !posix.isAbsolute(path));
}

function volumesOf(image: InspectedImage): string[] {
  const paths = Object.keys(image.Config?.Volumes ?? {}).filter((path) => posix.isAbsolute(path));
  return [...new Set(paths.map((path) => posix.resolve(path)))].toSorted();
}
