/**
 * The role builder in memory: reads EXPOSE, VOLUME and the magic comments of a Dockerfile; the image id is a hash of the content. A line
 * `RUN exit 1` fails the build.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  type Builder,
  type BuildRequest,
  type Image,
  type ImageTransfer,
  OctohostError,
  type Port,
  parseSiteName,
  type Source,
} from '../../core/index.ts';
import { declaredOptions } from '../../plugins/dockerfile-builder/declares.ts';
import { type Observed, observe } from './observe.ts';

export type MemoryBuilder = Observed<Builder> & {
  /** The images that were built and not discarded, by tag. */
  readonly images: ReadonlyMap<string, Image>;
};

export interface MemoryBuilderOptions {
  /** Left out: trees with a Dockerfile at the top, and no images. */
  accepts?: (source: Source) => boolean | Promise<boolean>;
  /** @default 'Dockerfile (memory)' */
  builds?: string;
}

export function memoryBuilder(options: MemoryBuilderOptions = {}): MemoryBuilder {
  const images = new Map<string, Image>();
  /** Brought in, and not adopted. */
  const nameless = new Map<string, Image>();
  const builder: Builder = {
    builds: options.builds ?? 'Dockerfile (memory)',
    accepts: async (source) =>
      options.accepts ? options.accepts(source) : (await dockerfileOf(source)) !== undefined,
    declares: (source) => declaredOptions(source, 'Dockerfile'),
    async build(request, context) {
      context.signal.throwIfAborted();
      const dockerfile = (await dockerfileOf(request.source)) ?? '';
      if (/^RUN exit [1-9]/m.test(dockerfile)) throw buildFailed(dockerfile);
      const id = await contentId(request);
      const tag = `octohost/${request.site}:${request.deploy}`;
      const image: Image = {
        id,
        tag,
        ports: exposedPorts(dockerfile),
        volumes: instructions(dockerfile, 'VOLUME'),
      };
      images.set(tag, image);
      context.output(`built ${id}`);
      return image;
    },
    has: async ({ id, tag }) => tag !== undefined && images.get(tag)?.id === id,
    async discard({ tag }) {
      if (tag !== undefined) images.delete(tag);
    },
    list: async (site) =>
      [...images]
        .map(([tag, { id }]) => ({
          id,
          tag,
          site: parseSiteName(tag.slice(tag.indexOf('/') + 1, tag.indexOf(':'))),
        }))
        .filter((image) => site === undefined || image.site === site),
  };
  const transfer: ImageTransfer = {
    async pack(ids) {
      const found = ids.map((id) => [...images.values()].find((image) => image.id === id));
      if (found.includes(undefined)) throw new Error('There is no such image.');
      return Readable.from([
        Buffer.from(JSON.stringify(found.map((image) => ({ ...image, tag: undefined })))),
      ]);
    },
    async unpack(tar) {
      const packed = JSON.parse((await buffer(tar())).toString()) as Image[];
      for (const image of packed) nameless.set(image.id, image);
    },
    async adopt({ site, deploy, id }) {
      const image = nameless.get(id) ?? [...images.values()].find((one) => one.id === id);
      if (!image) return undefined;
      const tag = `octohost/${site}:${deploy}`;
      images.set(tag, { ...image, tag });
      return tag;
    },
  };
  return { ...observe(builder), transfer, images };
}

function buildFailed(dockerfile: string): OctohostError {
  return new OctohostError('E_MEMORY_BUILD', {
    message: 'The build failed.',
    hint: 'Take the RUN exit line out of the Dockerfile.',
    details: dockerfile.split('\n'),
  });
}

async function dockerfileOf(source: Source): Promise<string | undefined> {
  if (source.kind === 'image') return undefined;
  return (await source.tree.read('Dockerfile'))?.toString('utf8');
}

async function contentId({ source, arguments: given }: BuildRequest): Promise<string> {
  const content = source.kind === 'image' ? source.reference : await buffer(await source.tree.tar());
  return `sha256:${createHash('sha256').update(content).update(JSON.stringify(given)).digest('hex')}`;
}

function exposedPorts(dockerfile: string): Port[] {
  return instructions(dockerfile, 'EXPOSE').map((text) => {
    const [port, protocol] = text.split('/');
    return { port: Number(port), protocol: protocol === 'udp' ? 'udp' : 'tcp' };
  });
}

/** The words after every such instruction, in order. */
function instructions(dockerfile: string, name: string): string[] {
  return dockerfile
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first === name)
    .flatMap(([, ...words]) => words);
}
