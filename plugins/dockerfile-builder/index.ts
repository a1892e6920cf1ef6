/** Builds the Dockerfile at the top of what was pushed, in a Docker Engine. */
import type { Plugin } from '../../core/index.ts';
import { dockerClient } from '../shared/docker-client.ts';
import { checkDockerOptions } from '../shared/docker-options.ts';
import { builtImages, isOwnTag } from './build-call.ts';
import { inspectImage, listImages, removeTag } from './client.ts';
import { declaredOptions } from './declares.ts';
import { type DockerfileBuilderOptions, schema } from './options.ts';
import { adoptImage, packImages, unpackImages } from './transfer.ts';

export type { DockerfileBuilderOptions } from './options.ts';

/** Provides the role builder. Throws E_DOCKER_OPTIONS. */
export function dockerfileBuilder(options: DockerfileBuilderOptions = {}): Plugin {
  const checked = checkDockerOptions('dockerfile-builder', schema, options);
  return {
    name: 'dockerfile-builder',
    setup(api) {
      const { installation } = api;
      const client = dockerClient(checked.host, installation.environment);
      api.provide('builder', {
        builds: checked.dockerfile,
        async accepts(source) {
          return source.kind === 'tree' && (await source.tree.read(checked.dockerfile)) !== undefined;
        },
        declares: (source) => declaredOptions(source, checked.dockerfile),
        async build(request, context) {
          // The parsers behind it cost 100 ms: they are loaded when there is something to build.
          const { buildTree } = await import('./build.ts');
          return buildTree(
            { client, installation: await installation.id(), options: checked },
            request,
            context,
          );
        },
        async has({ id, tag }) {
          return tag !== undefined && (await inspectImage(client, tag))?.Id === id;
        },
        async discard({ tag }) {
          const id = await installation.id();
          if (tag !== undefined && isOwnTag(id, tag)) await removeTag(client, tag, id);
        },
        async list(site) {
          const id = await installation.id();
          const found = builtImages(id, await listImages(client, id, site));
          return site === undefined ? found : found.filter((image) => image.site === site);
        },
        transfer: {
          pack: (ids, signal) => packImages(client, ids, signal),
          unpack: (tar, context) => unpackImages(client, tar, context),
          adopt: async (image) => adoptImage(client, await installation.id(), image),
        },
      });
    },
  };
}
