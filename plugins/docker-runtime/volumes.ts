/** The calls to the engine about volumes. */
import type { DockerClient } from '../shared/docker-client.ts';
import { engineWords, statusOf } from '../shared/docker-errors.ts';
import { isOurs, ownFilter } from '../shared/docker-labels.ts';
import { errors } from './errors.ts';

export async function listVolumes(
  client: DockerClient,
  installation: string,
  owner: string,
): Promise<string[]> {
  const filters = ownFilter(installation, owner);
  const { Volumes } = await client.use((docker) => docker.listVolumes({ filters }));
  return (Volumes ?? []).map(({ Name }) => Name).toSorted();
}

/** Absent is done. Throws E_NOT_OURS for a volume without this installation's label, E_VOLUME_IN_USE. */
export async function removeVolume(client: DockerClient, installation: string, name: string): Promise<void> {
  // A name goes into a URL's path as it is.
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) throw errors.E_NOT_OURS({ what: JSON.stringify(name) });
  await client.use(async (docker) => {
    const volume = docker.getVolume(name);
    try {
      const found = await volume.inspect();
      if (!isOurs(found.Labels, installation)) throw errors.E_NOT_OURS({ what: `The volume ${name}` });
      await volume.remove();
    } catch (error) {
      if (statusOf(error) === 404) return;
      if (statusOf(error) !== 409) throw error;
      throw errors.E_VOLUME_IN_USE({ name, words: engineWords(error) }, { cause: error });
    }
  });
}
