/** Host ports are octohost's own: chosen from its range, reserved in the store, rested for an hour after use. */
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import type { PortReservation } from './records.ts';
import type { Instance, Port, PortBinding } from './release.ts';
import type { StoreOperation } from './roles.ts';
import type { Versioned } from './state.ts';
import type { World } from './world.ts';

const restMs = 60 * 60 * 1000;

export interface PortRange {
  readonly first: number;
  readonly last: number;
  /** Where to begin looking: installations that share a host begin at different places. */
  readonly start: number;
}

/** The first free ports from `start` on, around the range. Fewer than asked for when it is used up. Pure. */
export function choosePorts(range: PortRange, isFree: (port: number) => boolean, count: number): number[] {
  const size = range.last - range.first + 1;
  const chosen: number[] = [];
  for (let step = 0; step < size && chosen.length < count; step++) {
    const port = range.first + ((range.start - range.first + step) % size);
    if (isFree(port)) chosen.push(port);
  }
  return chosen;
}

/** Whether a reservation bars a port at this time. Pure. */
export function isReserved(reservation: PortReservation | undefined, now: number): boolean {
  if (!reservation) return false;
  return reservation.freedAt === undefined || now - Date.parse(reservation.freedAt) < restMs;
}

/**
 * Host ports that nobody has, as many as asked for, and all reservations.
 * @param installation its id, which says where to begin
 * @param avoid others that are not wanted
 */
export async function findFreePorts(
  { state, config, clock }: World,
  { installation, count, avoid }: { installation: string; count: number; avoid: ReadonlySet<number> },
): Promise<{ chosen: readonly number[]; known: ReadonlyMap<number, Versioned<PortReservation>> }> {
  const { address, first, last } = config.instances;
  const start = first + (Number.parseInt(installation, 16) % (last - first + 1));
  const known = await state.ports(address);
  const isFree = (port: number) => !avoid.has(port) && !isReserved(known.get(port)?.record, clock.now());
  const chosen = choosePorts({ first, last, start }, isFree, count);
  if (chosen.length < count) throw errors.E_PORTS_USED_UP({ first, last });
  return { chosen, known };
}

/** Reserves one host port for each port of an instance. `avoid` are ports found taken by other programs. */
export async function reservePorts(
  world: World,
  request: { site: SiteName; deploy: string; ports: readonly Port[]; avoid: ReadonlySet<number> },
): Promise<PortBinding[]> {
  if (request.ports.length === 0) return [];
  const { address } = world.config.instances;
  const installation = await world.state.installation();
  const wanted = { installation, count: request.ports.length, avoid: request.avoid };
  for (;;) {
    const { chosen, known } = await findFreePorts(world, wanted);
    const record: PortReservation = { site: request.site, deploy: request.deploy };
    const reserved = await world.state.store.transact(
      chosen.map((port) => reserve(address, port, record, known.get(port))),
    );
    if (reserved.done)
      return request.ports.map((port, index) => ({
        ...port,
        hostAddress: address,
        hostPort: chosen[index] as number,
      }));
  }
}

function reserve(
  address: string,
  port: number,
  record: PortReservation,
  known: Versioned<PortReservation> | undefined,
): StoreOperation {
  return {
    kind: 'set',
    key: keys.port(address, port),
    value: JSON.stringify(record),
    expect: known?.version ?? 'absent',
  };
}

/** Lets host ports rest; what is bound to them must be gone. */
export async function freePorts(
  world: World,
  owner: Pick<Instance, 'site' | 'deploy'>,
  bindings: readonly PortBinding[],
): Promise<void> {
  if (bindings.length === 0) return;
  const freedAt = new Date(world.clock.now()).toISOString();
  const record: PortReservation = { site: owner.site, deploy: owner.deploy, freedAt };
  const value = JSON.stringify(record);
  await world.state.store.transact(
    bindings.map(({ hostAddress, hostPort }) => ({
      kind: 'set',
      key: keys.port(hostAddress, hostPort),
      value,
    })),
  );
}

/** Reservations of a site that no instance uses: what a killed deploy left behind. Pure. */
export function unusedPorts(
  site: SiteName,
  known: ReadonlyMap<number, Versioned<PortReservation>>,
  used: ReadonlySet<number>,
): number[] {
  return [...known]
    .filter(([port, { record }]) => record.site === site && record.freedAt === undefined && !used.has(port))
    .map(([port]) => port);
}
