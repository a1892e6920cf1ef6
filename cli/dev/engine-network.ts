/** Which subnet a private engine's bridge gets, and which bridges are its own: pure. */
import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { errors } from './program-errors.ts';

const range = '10.201.0.0/16';
/** A wider network (a VPN's 10.0.0.0/8, say) merely contains our subnet: the narrower route wins. */
const narrowestContaining = 16;

/** The IPv4 networks in the output of `ip -json -4 addr` and `ip -json -4 route show table all`. */
export function usedNetworks(addresses: string, routes: string): string[] {
  type Link = { addr_info?: { local?: string; prefixlen?: number }[] };
  const own = (JSON.parse(addresses || '[]') as Link[])
    .flatMap((link) => link.addr_info ?? [])
    .map((info) => `${info.local}/${info.prefixlen}`);
  const routed = (JSON.parse(routes || '[]') as { dst?: string }[]).map((route) => route.dst ?? '');
  return [...own, ...routed];
}

/**
 * The first free /24 of 10.201.0.0/16, as the bridge's own address: `10.201.37.1/24`.
 * @param bridge its name chooses where the search begins, so that two engines starting at once differ
 * @param used networks in use, `a.b.c.d` or `a.b.c.d/n`; other words (`default`) are passed over
 * @throws E_ENGINE_SUBNET
 */
export function freeBridgeAddress(bridge: string, used: readonly string[]): string {
  const taken = new Set(used.flatMap(thirdBytes));
  const first = createHash('sha256').update(bridge).digest().readUInt8(0);
  for (let step = 0; step < 256; step++) {
    const third = (first + step) % 256;
    if (!taken.has(third)) return `10.201.${third}.1/24`;
  }
  throw errors.E_ENGINE_SUBNET({ range });
}

/**
 * The bridge's hardware address, `02:42:` as Docker's own begin. Without one that was set, the kernel gives the bridge
 * the lowest of its containers' again whenever one comes or goes, and connections stall until all have noticed.
 */
export function bridgeHardwareAddress(bridge: string): string {
  const bytes = createHash('sha256').update(bridge).digest().subarray(0, 4);
  return ['02', '42', ...Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

/** The third bytes of 10.201.x.0/24 that a network covers. */
function thirdBytes(network: string): number[] {
  const [address = '', length = '32'] = network.split('/');
  const bits = Number(length);
  if (!isIPv4(address) || bits < narrowestContaining) return [];
  const [first, second, third = 0] = address.split('.').map(Number);
  if (first !== 10 || second !== 201) return [];
  const count = bits >= 24 ? 1 : 2 ** (24 - bits);
  const start = third - (third % count);
  return Array.from({ length: count }, (_, index) => start + index);
}

/**
 * The bridges an engine leaves behind: its own, and one for each network made in it (`br-` and the id's first 12
 * digits; the id is in the engine's network database, even when nobody can ask the engine any more).
 */
export function enginesBridges(own: string, links: readonly string[], networkDatabase: string): string[] {
  return links.filter((link) => {
    const id = /^br-([0-9a-f]{12})$/.exec(link)?.[1];
    return link === own || (id !== undefined && networkDatabase.includes(id));
  });
}
