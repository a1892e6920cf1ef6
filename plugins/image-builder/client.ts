/** The calls to the engine. */
import type Docker from 'dockerode';
import type { StepContext } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { engineWords, isUnreachable, statusOf } from '../shared/docker-errors.ts';
import { engineEvents, progressLine } from '../shared/docker-events.ts';
import type { InspectedImage } from '../shared/docker-image.ts';
import { errors } from './errors.ts';
import type { Reference } from './reference.ts';

/** The image as it is here, or pulled if it is not. Throws E_IMAGE_MISSING or E_UNAVAILABLE. */
export async function obtainImage(
  client: DockerClient,
  reference: Reference,
  context: StepContext,
): Promise<InspectedImage> {
  return client.useAlone(context.signal, async (docker) => {
    const here = await inspect(docker, reference.name);
    if (here) return here;
    if (reference.kind === 'id')
      throw errors.E_IMAGE_MISSING({ reference: reference.name, words: 'an image id cannot be pulled' });
    await pull(docker, reference, context);
    const pulled = await inspect(docker, reference.name);
    if (pulled) return pulled;
    throw errors.E_IMAGE_MISSING({ reference: reference.name, words: 'it was pulled, and is not there' });
  });
}

async function inspect(docker: Docker, name: string): Promise<InspectedImage | undefined> {
  try {
    return await docker.getImage(name).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The engine answers 200 before it knows: an error may come as the last event of a stream that ends well. */
async function pull(
  docker: Docker,
  reference: Reference & { kind: 'name' },
  context: StepContext,
): Promise<void> {
  let refused: string | undefined;
  try {
    for await (const event of engineEvents(await docker.createImage({ ...reference.pull }))) {
      refused = event.error ?? refused;
      const line = progressLine(event);
      if (line !== undefined) context.output(line);
    }
  } catch (error) {
    if (isUnreachable(error)) throw error;
    refused = engineWords(error);
  }
  if (refused !== undefined) throw errors.E_IMAGE_MISSING({ reference: reference.name, words: refused });
}
