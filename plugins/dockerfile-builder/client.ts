/** The calls to the engine. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ImageBuildOptions } from 'dockerode';
import type { SiteName } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { engineWords, statusOf } from '../shared/docker-errors.ts';
import { engineEvents } from '../shared/docker-events.ts';
import type { InspectedImage } from '../shared/docker-image.ts';
import { type FoundLabels, isOurs, ownFilter } from '../shared/docker-labels.ts';
import { adoptedFor, type BuildEngine, chooseEngine, type ListedImage } from './build-call.ts';
import type { BuildOutput } from './build-output.ts';

/**
 * By the headers of a ping, where they tell: to answer with its version, the engine starts runc and others that have one of
 * their own.
 */
export async function detectEngine(client: DockerClient): Promise<BuildEngine> {
  const { 'api-version': apiVersion, ostype: os } = await pingHeaders(client);
  if (typeof apiVersion === 'string' && typeof os === 'string') return chooseEngine({ apiVersion, os });
  const { ApiVersion, Os } = await client.use((docker) => docker.version());
  return chooseEngine({ apiVersion: ApiVersion, os: Os });
}

function pingHeaders(client: DockerClient): Promise<IncomingHttpHeaders> {
  const call = {
    path: '/_ping',
    method: 'GET',
    isStream: true,
    statusCodes: { 200: true, 500: 'server error' },
  };
  return client.use(
    (docker) =>
      new Promise((resolve, reject) => {
        docker.modem.dial(call, (error, response) => {
          if (error) return reject(error);
          resolve((response as IncomingMessage).resume().headers);
        });
      }),
  );
}

/**
 * Runs one build to its end. Returns the engine's words where it failed, undefined where it did not. Throws where the
 * connection or the context broke; an aborted signal closes the connection, which ends the build.
 */
export async function runBuild(
  client: DockerClient,
  options: ImageBuildOptions,
  context: Readable,
  output: BuildOutput,
  signal: AbortSignal,
): Promise<string | undefined> {
  let broken: unknown;
  context.once('error', (error) => {
    broken = error;
  });
  try {
    await client.useAlone(signal, async (docker) => {
      const events = engineEvents(await docker.buildImage(context, options));
      for await (const event of events) output.accept(event);
    });
    return output.error();
  } catch (error) {
    if (statusOf(error) !== undefined) return engineWords(error);
    throw broken ?? error;
  } finally {
    context.destroy();
    output.end();
  }
}

/** Undefined where there is no such image. */
export async function inspectImage(
  client: DockerClient,
  name: string,
): Promise<(InspectedImage & { Config?: { Labels?: FoundLabels } | null }) | undefined> {
  return client.use(async (docker) => {
    try {
      return await docker.getImage(name).inspect();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
}

/** What was built, by its label; what was adopted, by the whole name of its repository. Each image once. */
export async function listImages(
  client: DockerClient,
  installation: string,
  site?: SiteName,
): Promise<readonly ListedImage[]> {
  const adopted = { reference: [`octohost/${installation}/${site ?? '*'}`] };
  const listings = await client.use((docker) =>
    Promise.all([ownFilter(installation, site), adopted].map((filters) => docker.listImages({ filters }))),
  );
  const all: readonly ListedImage[] = listings.flat();
  return [...new Map(all.map((image) => [image.Id, image])).values()];
}

const removalAttempts = 5;

/**
 * Takes a tag of this installation away; a tag in use, and one that is gone or somebody else's, is left as it is. The
 * engine answers 500 when two images that share a layer are removed at once: then it is looked at again.
 */
export async function removeTag(client: DockerClient, tag: string, installation: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const image = await inspectImage(client, tag);
    const isAdopted = image !== undefined && adoptedFor(installation, tag) !== undefined;
    if (!isAdopted && !isOurs(image?.Config?.Labels, installation)) return;
    try {
      await client.use((docker) => docker.getImage(tag).remove());
      return;
    } catch (error) {
      const status = statusOf(error);
      if (status === 404 || status === 409) return;
      if (status !== 500 || attempt === removalAttempts) throw error;
    }
  }
}
