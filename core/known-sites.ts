/** Every site that anything is left of, whether it has a release or not. */
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import { imagesOf } from './images.ts';
import { keys } from './keys.ts';
import { readableEntry } from './read-entry.ts';
import type { DeployRecord } from './records.ts';
import { renameMarks } from './rename-mark.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/** Those that the store, the runtime, the catalog or a builder know of this installation. */
export async function knownSites(world: World): Promise<SiteName[]> {
  const { state, providers } = world;
  const [pointers, retirings, instances, tasks, catalog, byHand, renames, ports, images, running] =
    await Promise.all([
      state.sitesWithPointer(),
      state.retirings(),
      providers.runtime.list(),
      providers.runtime.tasks(),
      providers.registrar.list(),
      state.byHands(),
      renameMarks(state),
      state.ports(world.config.instances.address),
      imagesOf(providers),
      runningDeploys(state),
    ]);
  const reserved = [...ports.values()]
    .map(({ record }) => record)
    .filter(({ freedAt }) => freedAt === undefined);
  // The first deploy of a site that was killed early left nothing else.
  const others = [
    ...[retirings, instances, tasks, catalog, byHand].flat(),
    ...[renames, reserved, images, running].flat(),
  ].map(({ site }) => site);
  return [...new Set([...pointers, ...others])].toSorted();
}

/** Those that are not over, as far as their records say. History is not read: there is far more of it. */
async function runningDeploys({ store }: State): Promise<DeployRecord[]> {
  const phase: DeployRecord['phase'] = 'running';
  return (await store.list(keys.deploys))
    .filter(({ value }) => value.includes(JSON.stringify(phase)))
    .flatMap((entry) => readableEntry('deploy', entry))
    .filter((record) => record.phase === phase);
}

/** The sites named, each of which has to be known, or all. @throws E_SITE_UNKNOWN */
export async function chosenSites(
  world: World,
  sites: readonly SiteName[] | undefined,
): Promise<readonly SiteName[]> {
  const known = await knownSites(world);
  const unknown = sites?.find((site) => !known.includes(site));
  if (unknown) throw errors.E_SITE_UNKNOWN({ site: unknown });
  return sites ?? known;
}
