/** Which instances a command means. Pure. */
import type { Instance, SiteName } from '../core/index.ts';
import { errors } from './errors.ts';

/** The instance of this name, or all where none is named. @throws E_INSTANCE_UNKNOWN */
export function chooseInstances(
  instances: readonly Instance[],
  site: SiteName,
  name: string | undefined,
): readonly Instance[] {
  if (name === undefined) return instances;
  const chosen = instances.filter((instance) => instance.name === name);
  if (chosen.length === 0)
    throw errors.E_INSTANCE_UNKNOWN({ site, instance: name, known: instances.map((one) => one.name) });
  return chosen;
}
