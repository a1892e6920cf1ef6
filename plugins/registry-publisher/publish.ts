/** The calls to the engine that push an image. */
import type Docker from 'dockerode';
import { errors as coreErrors, isOctohostError, type StepContext } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { statusOf } from '../shared/docker-errors.ts';
import { engineEvents, progressLine } from '../shared/docker-events.ts';
import { errors } from './errors.ts';
import { registryWords } from './explain.ts';
import type { Credentials } from './password.ts';
import { type PushTarget, pushedDigest } from './push-spec.ts';

/** One push of one tag. */
interface Push {
  readonly repository: string;
  readonly tag: string;
  readonly credentials: Credentials;
}

/**
 * Pushes an image under all tags of the target; local tags that were not there before are taken away again. Returns
 * the reference by digest. Throws E_PUBLISH_FAILED, E_ABORTED or E_UNAVAILABLE.
 */
export async function publishImage(
  client: DockerClient,
  image: string,
  target: PushTarget,
  credentials: Credentials,
  context: StepContext,
): Promise<string> {
  let digest = '';
  for (const tag of target.tags) {
    const push: Push = { repository: target.repository, tag, credentials };
    const wasThere = await client.use((docker) => hasImage(docker, push));
    try {
      digest = await client.useAlone(context.signal, async (docker) => {
        await docker.getImage(image).tag({ repo: push.repository, tag });
        return pushTag(docker, push, context);
      });
    } catch (cause) {
      if (context.signal.aborted)
        throw coreErrors.E_ABORTED({ what: `The push of ${nameOf(push)}` }, { cause });
      throw explainPush(cause, push);
    } finally {
      if (!wasThere) await client.use((docker) => untag(docker, push));
    }
  }
  return `${target.repository}@${digest}`;
}

/** The engine answers 200 before it knows: an error comes as an event of a stream that ends well. */
async function pushTag(docker: Docker, push: Push, context: StepContext): Promise<string> {
  let digest: string | undefined;
  let refused: string | undefined;
  const image = docker.getImage(push.repository);
  for await (const event of engineEvents(await image.push({ tag: push.tag, authconfig: push.credentials }))) {
    refused = event.error ?? refused;
    digest = pushedDigest(event) ?? digest;
    const line = progressLine(event);
    if (line !== undefined) context.output(line);
  }
  if (refused === undefined && digest !== undefined) return digest;
  throw new Error(refused ?? 'the registry gave no digest');
}

function explainPush(cause: unknown, push: Push): unknown {
  // The client has explained an engine that does not answer.
  if (isOctohostError(cause)) return cause;
  return errors.E_PUBLISH_FAILED({ reference: nameOf(push), words: registryWords(cause, push.credentials) });
}

async function hasImage(docker: Docker, push: Push): Promise<boolean> {
  try {
    await docker.getImage(nameOf(push)).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/**
 * A tag that is gone, or that a running container was started by, is left as it is. So is the last one of an image, which
 * the engine would delete with it: an image that was pulled may have no other.
 */
async function untag(docker: Docker, push: Push): Promise<void> {
  const image = docker.getImage(nameOf(push));
  try {
    const { RepoTags } = await image.inspect();
    if (RepoTags.length > 1) await image.remove({ noprune: true });
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  }
}

function nameOf({ repository, tag }: Push): string {
  return `${repository}:${tag}`;
}
