/** A repository without a Dockerfile, but with an index.html, becomes a site. */
import { type Builder, optionProblems, type Plugin, type Source } from 'octohost';
import { dockerfileBuilder } from 'octohost/plugins/dockerfile-builder';
import { errors } from './errors.ts';
import { type StaticOptions, schema } from './options.ts';
import { dockerfileOf } from './site.ts';
import { staticTree } from './tree.ts';

export type { StaticOptions } from './options.ts';

/** Provides the role builder, beside dockerfileBuilder. Throws E_STATIC_OPTIONS or E_DOCKER_OPTIONS. */
export function staticSites(options: StaticOptions = {}): Plugin {
  const { engine, host, timeoutSeconds, ...own } = options;
  const checked = schema.safeParse(own);
  if (!checked.success) throw errors.E_STATIC_OPTIONS({ problems: optionProblems(checked.error) });
  const { image, folder } = checked.data;
  const docker = dockerfileBuilder(definedOnly({ engine, host, timeoutSeconds }));
  const index = folder === undefined ? 'index.html' : `${folder}/index.html`;
  return {
    name: 'static',
    api: '^1.0.0',
    setup(api) {
      const builder = builderOf(docker, api);
      api.provide('builder', {
        builds: index,
        async accepts(source) {
          if (source.kind !== 'tree' || (await source.tree.read('Dockerfile')) !== undefined) return false;
          return (await source.tree.read(index)) !== undefined;
        },
        declares: async () => undefined,
        build: (request, context) =>
          builder.build({ ...request, source: served(request.source, image, folder) }, context),
        // dockerfileBuilder knows these images by their labels as its own, and looks after them.
        has: async () => false,
        discard: async () => {},
        list: async () => [],
      });
    },
  };
}

function served(source: Source, image: string, folder: string | undefined): Source {
  return source.kind === 'tree'
    ? { kind: 'tree', tree: staticTree(source.tree, dockerfileOf(image), folder) }
    : source;
}

/** The builder that a plugin provides, without making it one of the engine's. */
function builderOf(plugin: Plugin, api: Parameters<Plugin['setup']>[0]): Builder {
  const provided: Builder[] = [];
  plugin.setup({ ...api, provide: (_role, provider) => void provided.push(provider as Builder) });
  return provided[0] as Builder;
}

function definedOnly(options: Pick<StaticOptions, 'engine' | 'host' | 'timeoutSeconds'> | object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
