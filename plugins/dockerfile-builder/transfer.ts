/** Images to the engine of another host, and from there. */
import type { Readable } from 'node:stream';
import type { DeployId, SiteName, StepContext } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { engineWords, isUnreachable, statusOf } from '../shared/docker-errors.ts';
import { engineEvents, progressLine } from '../shared/docker-events.ts';
import { adoptedTag } from './build-call.ts';
import { inspectImage } from './client.ts';
import { errors } from './errors.ts';
import { namesInTar } from './image-tar.ts';

/** By their ids alone, so that they have no name in it. Layers that they share are in it once. */
export async function packImages(
  client: DockerClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Readable> {
  signal.throwIfAborted();
  for (const id of ids)
    if (!(await inspectImage(client, id))) throw errors.E_IMAGES_PACK({ words: `there is no ${id}` });
  const answer = await client.use(
    (docker) =>
      new Promise<unknown>((resolve, reject) => {
        // dockerode has a call for one image alone.
        const request = {
          path: '/images/get?',
          method: 'GET',
          options: { names: [...ids] },
          isStream: true,
          statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
        };
        docker.modem.dial(request, (error: unknown, stream: unknown) =>
          error ? reject(error) : resolve(stream),
        );
      }),
  );
  const stream = answer as Readable;
  const stop = () => stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', stop));
  return stream;
}

/** The engine answers 200 before it knows: an error may come as an event of a stream that ends well. */
export async function unpackImages(
  client: DockerClient,
  tar: () => Readable,
  context: StepContext,
): Promise<void> {
  const names = await namesInTar(tar()).catch((cause: unknown) => {
    throw errors.E_IMAGES_UNPACK({ words: engineWords(cause) }, { cause });
  });
  if (names.length > 0)
    throw errors.E_IMAGES_UNPACK({ words: `they would get the name ${names[0]?.slice(0, 200)}` });
  let refused: string | undefined;
  try {
    await client.useAlone(context.signal, async (docker) => {
      const answer = await docker.loadImage(tar(), { quiet: '1' });
      for await (const event of engineEvents(answer)) {
        refused = event.error ?? refused;
        const line = progressLine(event);
        if (line !== undefined) context.output(line);
      }
    });
  } catch (error) {
    if (isUnreachable(error) || statusOf(error) === undefined) throw error;
    refused = engineWords(error);
  }
  if (refused !== undefined) throw errors.E_IMAGES_UNPACK({ words: refused });
}

/** Under a tag that says that it came from elsewhere, whoever built it. */
export async function adoptImage(
  client: DockerClient,
  installation: string,
  { site, deploy, id }: { site: SiteName; deploy: DeployId; id: string },
): Promise<string | undefined> {
  const image = await inspectImage(client, id);
  if (!image) return undefined;
  const tag = adoptedTag(installation, site, deploy);
  await client.use((docker) =>
    docker.getImage(id).tag({ repo: tag.slice(0, tag.indexOf(':')), tag: tag.slice(tag.indexOf(':') + 1) }),
  );
  return tag;
}
