/** Rights of the host that a site may ask for by its options: how they are written, and what they are. Pure. */
import { posix } from 'node:path';
import * as z from 'zod/mini';
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import type { Device, Port, PortBinding } from './release.ts';
import { kind, type Problem } from './setting-values.ts';

/** As Linux names them, without CAP_; all of them together are nobody's to ask for. */
export const capabilityName = /^(?!CAP_|ALL$)[A-Z][A-Z_]{1,30}$/;

/** A device or a folder of devices; no `:`, which separates the two paths of a device. */
export const devicePath = /^\/dev(?:\/(?!\.{1,2}(?:\/|$))[\w.@+=-]{1,255}){1,16}$/;

const noCapability = 'is no list of capabilities such as NET_ADMIN, SYS_TIME';
const noDevice =
  'is no list of devices such as /dev/ttyUSB0, /dev/dri:/dev/dri:r (path, path in the container, some of r, w and m)';

const listed = (value: string) => value.split(/[\s,]+/).filter((word) => word !== '');
const listInFile = (problem: string) =>
  z.array(z.string(problem).check(z.regex(/^[^\s,]+$/, problem)), problem);

export const capabilityList = kind(
  (value): readonly string[] | Problem => {
    const names = listed(value);
    return names.every((name) => capabilityName.test(name))
      ? [...new Set(names)].toSorted()
      : { problem: noCapability };
  },
  listInFile(noCapability),
  (names) => names.join(', ') || 'none',
);

export const deviceList = kind(
  (value): readonly Device[] | Problem => {
    const devices = listed(value).map(readDevice);
    return devices.every((one) => one !== undefined) ? devices : { problem: noDevice };
  },
  listInFile(noDevice),
  (devices) => devices.map(shownDevice).join(', ') || 'none',
);

/** `host[:container[:rights]]` */
function readDevice(word: string): Device | undefined {
  const [source = '', target = source, rights = 'rw', ...more] = word.split(':');
  const isRight = devicePath.test(source) && devicePath.test(target) && /^(?!$)r?w?m?$/.test(rights);
  return isRight && more.length === 0 ? { source, target, rights } : undefined;
}

function shownDevice({ source, target, rights }: Device): string {
  return `${source}:${target}:${rights}`;
}

/** Whether a path, links followed, is where devices are: no other file becomes one. */
export function isDevicePlace(path: string): boolean {
  return path.startsWith('/dev/') && posix.normalize(path) === path;
}

/** What else octohost has of the ports of an address. */
export interface OwnPorts {
  readonly instances: { readonly address: string; readonly first: number; readonly last: number };
  readonly http: { readonly port: number };
  readonly https: { readonly port: number };
}

/**
 * In the host's network the ports of a container are those of the host. Throws E_SETTINGS where one of them is
 * octohost's own: something else would answer there in the site's place.
 */
export function portsInHostNetwork(site: SiteName, ports: readonly Port[], own: OwnPorts): PortBinding[] {
  const { address, first, last } = own.instances;
  const problems = ports
    .filter(
      ({ port }) => (port >= first && port <= last) || port === own.http.port || port === own.https.port,
    )
    .map(({ port }) => `OCTO_HOST_NETWORK is on, and port ${port} of the host is octohost's own.`);
  if (problems.length > 0) throw errors.E_SETTINGS({ site, problems });
  return ports.map((port) => ({ ...port, hostAddress: address, hostPort: port.port }));
}
