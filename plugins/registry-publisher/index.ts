/** Pushes the image of what serves to an image registry, and fetches one from there. */
import type { Plugin } from '../../core/index.ts';
import { dockerClient } from '../shared/docker-client.ts';
import { checkDockerOptions } from '../shared/docker-options.ts';
import { askRegistry } from './ask.ts';
import { type RegistryPublisherOptions, schema } from './options.ts';
import { readCredentials } from './password.ts';
import { publishImage } from './publish.ts';
import { pullImage } from './pull.ts';
import { pullTarget } from './pull-spec.ts';
import { pushTarget } from './push-spec.ts';

export type { RegistryPublisherOptions } from './options.ts';

/** Provides the role publisher. Throws E_DOCKER_OPTIONS. */
export function registryPublisher(options: RegistryPublisherOptions): Plugin {
  const checked = checkDockerOptions('registry-publisher', schema, options);
  return {
    name: 'registry-publisher',
    setup(api) {
      const { environment } = api.installation;
      const client = dockerClient(checked.host, environment);
      api.part({
        name: `registry ${checked.registry}`,
        version: (signal) => askRegistry(checked.registry, signal),
      });
      api.check({
        name: 'registry',
        summary: 'The registry answers.',
        why: 'What serves is not published, and images of before cannot be pulled.',
        async run(signal) {
          const spoken = await askRegistry(checked.registry, signal);
          return { state: 'ok', message: `${checked.registry} answers and speaks ${spoken}.` };
        },
      });
      api.provide('publisher', {
        async publish(release, context) {
          const credentials = await readCredentials(checked, environment);
          const target = pushTarget(checked, release.site, release.number);
          return publishImage(client, release.image.id, target, credentials, context);
        },
        async pull(site, reference, context) {
          const target = pullTarget(checked, site, reference);
          return pullImage(client, target, await readCredentials(checked, environment), context);
        },
      });
    },
  };
}
