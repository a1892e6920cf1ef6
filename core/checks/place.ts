/** Where an instance is asked. Pure. */
import type { Instance } from '../release.ts';

export interface Place {
  readonly address: string;
  readonly port: number;
  /** True at the instance itself; false at the host's port, where something that forwards may accept for the dead. */
  readonly own: boolean;
}

/** A TCP port of the container at the host's address, which is the way that requests come. */
export function hostPlace({ bindings }: Pick<Instance, 'bindings'>, port: number): Place | undefined {
  const found = bindings.find((one) => one.port === port && one.protocol === 'tcp');
  return found && { address: found.hostAddress, port: found.hostPort, own: false };
}

/** @param address the instance's own; undefined where it has none that can be reached from here */
export function ownPlace(address: string | undefined, port: number): Place | undefined {
  return address === undefined ? undefined : { address, port, own: true };
}
