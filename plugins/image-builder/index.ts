/** Takes an image that exists already: `octo deploy <site> --image <reference>`. */
import { errors as coreErrors, type Plugin } from '../../core/index.ts';
import { dockerClient } from '../shared/docker-client.ts';
import { fleetingVolumes, imageFacts } from '../shared/docker-image.ts';
import { checkDockerOptions } from '../shared/docker-options.ts';
import { obtainImage } from './client.ts';
import { type ImageBuilderOptions, schema } from './options.ts';
import { parseReference } from './reference.ts';

export type { ImageBuilderOptions } from './options.ts';

/** Provides the role builder. Throws E_DOCKER_OPTIONS. */
export function imageBuilder(options: ImageBuilderOptions = {}): Plugin {
  const checked = checkDockerOptions('image-builder', schema, options);
  return {
    name: 'image-builder',
    setup(api) {
      const client = dockerClient(checked.host, api.installation.environment);
      api.provide('builder', {
        builds: 'image',
        accepts: async (source) => source.kind === 'image',
        declares: async () => undefined,
        async build({ site, source }, context) {
          const what = `The deploy of the image for ${site}`;
          if (source.kind !== 'image') throw coreErrors.E_NO_BUILDER({ site, looked: ['image'] });
          const reference = parseReference(source.reference);
          try {
            const image = await obtainImage(client, reference, context);
            for (const path of fleetingVolumes(image))
              context.warn(`VOLUME ${path} is no absolute path: its data is lost with each release.`);
            return imageFacts(image);
          } catch (cause) {
            if (context.signal.aborted) throw coreErrors.E_ABORTED({ what }, { cause });
            throw cause;
          }
        },
        // A reference may mean another image by now, so it is asked for each time.
        has: async () => false,
        // The image was there before and is not octohost's to remove.
        discard: async () => {},
        list: async () => [],
      });
    },
  };
}
