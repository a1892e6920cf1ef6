/** Where a container that was taken over is reached: a port that the engine chose is another one after each start. Pure. */
import { isIPv6 } from 'node:net';
import type { PortBinding } from '../../core/index.ts';

/** A port as the engine lists it of a container that runs; without `PublicPort` it leads nowhere. */
export interface ListedPort {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

/**
 * @param known as they were when it was taken over
 * @param listed none while it does not run: then the known ones stay
 */
export function bindingsNow(known: readonly PortBinding[], listed: readonly ListedPort[]): PortBinding[] {
  const now = known.map((binding) => {
    const ports = listed.filter((one) => leadsTo(one, binding)).map(({ PublicPort }) => PublicPort);
    if (ports.includes(binding.hostPort)) return binding;
    return { ...binding, hostPort: ports[0] ?? binding.hostPort };
  });
  return [...new Map(now.map((binding) => [JSON.stringify(binding), binding])).values()];
}

/** At its own address, or at all of that kind. */
function leadsTo({ IP = '', PrivatePort, PublicPort, Type }: ListedPort, binding: PortBinding): boolean {
  const { port, protocol, hostAddress } = binding;
  const everywhere = isIPv6(hostAddress) ? '::' : '0.0.0.0';
  const isReached = IP === hostAddress || IP === everywhere || IP === '';
  return isReached && PublicPort !== undefined && PrivatePort === port && Type === protocol;
}
