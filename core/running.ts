/** What runs: every instance of one site or of all, and what it is there for. */
import { CurrentReleases } from './agent/current.ts';
import { partsOf } from './agent/picture.ts';
import { Sights } from './agent/sights.ts';
import { splitOf } from './agent/symptoms.ts';
import type { SiteName } from './grammar.ts';
import type { Instance } from './release.ts';
import type { InstanceState } from './roles.ts';
import { hostAndPort } from './service.ts';
import type { World } from './world.ts';

/** An instance as it is now. */
export interface RunningInstance extends Pick<Instance, 'id' | 'name' | 'site' | 'release' | 'deploy'> {
  /** `current`: the site's release wants it; `retiring`: it ends soon; `left over`: nobody wants it. */
  readonly role: 'current' | 'retiring' | 'left over';
  readonly state: 'running' | 'paused' | 'unhealthy' | 'returning' | 'ended';
  /** Where this host reaches it: `127.0.0.1:20001`. */
  readonly addresses: readonly string[];
  /** ISO 8601; the start of its process. Absent where it went away meanwhile. */
  readonly startedAt?: string;
  readonly restarts: number;
  /** Of one that has ended. */
  readonly exitCode?: number;
}

/** By site and name. */
export async function listRunning(world: World, site?: SiteName): Promise<RunningInstance[]> {
  const { state, config } = world;
  const sights = new Sights(world.providers.runtime, site);
  const current = new CurrentReleases(state);
  const [pointers, retirings] = await Promise.all([
    state.pointers(),
    state.retirings(),
    sights.look({ all: true, instances: new Set() }),
  ]);
  const wanted = pointers.filter((one) => site === undefined || one.site === site);
  await current.read(wanted);
  const view = { pointers: wanted, retirings, catalog: [] };
  const found = [...partsOf(view, sights.instances ?? [])].flatMap(([of, { retiring, ...parts }]) => {
    const ids = new Set(retiring.map(({ id }) => id));
    const { kept } = splitOf({
      ...parts,
      release: current.of(of),
      sightOf: (id) => sights.of(id),
      address: config.instances.address,
      retiring: ids,
      unpublished: false,
    });
    return parts.instances.map((instance): RunningInstance => {
      const role = ids.has(instance.id) ? 'retiring' : kept.includes(instance) ? 'current' : 'left over';
      return { ...factsOf(instance), role, ...stateOf(sights.of(instance.id)) };
    });
  });
  return found.toSorted((a, b) => (`${a.site} ${a.name}` < `${b.site} ${b.name}` ? -1 : 1));
}

function factsOf({ id, name, site, release, deploy, bindings }: Instance) {
  const addresses = bindings.map(({ hostAddress: address, hostPort: port }) =>
    hostAndPort({ address, port }),
  );
  return { id, name, site, release, deploy, addresses };
}

/** Pure. */
export function stateOf(
  sight: InstanceState | 'gone' | undefined,
): Pick<RunningInstance, 'state' | 'startedAt' | 'restarts' | 'exitCode'> {
  if (sight === undefined || sight === 'gone') return { state: 'ended', restarts: 0 };
  const { running, paused, returning, health, startedAt, restarts, exitCode } = sight;
  const up = paused ? 'paused' : health?.status === 'unhealthy' ? 'unhealthy' : 'running';
  const state = running ? up : returning ? 'returning' : 'ended';
  return { state, startedAt, restarts, ...(running || exitCode === undefined ? {} : { exitCode }) };
}
