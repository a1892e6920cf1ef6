/** A name that a release asks for is given after the switch: until then the old instance has it. */
import type { Instance, Release } from './release.ts';
import type { World } from './world.ts';

/** Who has the name now, and which of the instances should; both undefined where nobody does and nobody should. */
export async function namesOf(
  { providers }: Pick<World, 'providers'>,
  { site, run }: Pick<Release, 'site' | 'run'>,
  instances: readonly Instance[],
): Promise<{ holder: Instance | undefined; chosen: Instance | undefined }> {
  const all = await providers.runtime.list(site);
  const holder = all.find(({ name }) => name === (run.name ?? site));
  const chosen =
    run.name === undefined ? undefined : (instances.find(({ id }) => id === holder?.id) ?? instances[0]);
  return { holder, chosen };
}

/**
 * Whoever has the name and should not loses it first. Returns what was done, in words; nothing where all is as it
 * should be. Throws E_NAME_TAKEN.
 */
export async function nameInstances(
  world: World,
  release: Pick<Release, 'site' | 'run'>,
  instances: readonly Instance[],
): Promise<string | undefined> {
  const { site, run } = release;
  const { runtime } = world.providers;
  const { holder, chosen } = await namesOf(world, release, instances);
  if (holder?.id === chosen?.id) return undefined;
  if (holder) await runtime.rename(holder, undefined);
  if (!chosen) return `took the name ${site} away`;
  await runtime.rename(chosen, run.name);
  return `named ${chosen.name} ${run.name}`;
}
