/** A name that a release asks for is given after the switch: until then the old instance has it. */
import type { Instance, Release } from './release.ts';
import type { World } from './world.ts';

/**
 * Whoever has the name and should not loses it first. Returns what was done, in words; nothing where all is as it
 * should be. Throws E_NAME_TAKEN.
 */
export async function nameInstances(
  world: World,
  { site, run }: Pick<Release, 'site' | 'run'>,
  instances: readonly Instance[],
): Promise<string | undefined> {
  const { runtime } = world.providers;
  const holder = (await runtime.list(site)).find(({ name }) => name === (run.name ?? site));
  const chosen =
    run.name === undefined ? undefined : (instances.find(({ id }) => id === holder?.id) ?? instances[0]);
  if (holder?.id === chosen?.id) return undefined;
  if (holder) await runtime.rename(holder, undefined);
  if (!chosen) return `took the name ${site} away`;
  await runtime.rename(chosen, run.name);
  return `named ${chosen.name} ${run.name}`;
}
