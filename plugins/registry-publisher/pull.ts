/** The call to the engine that pulls an image. */
import type Docker from 'dockerode';
import { errors as coreErrors, isOctohostError, type StepContext } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { engineEvents, progressLine } from '../shared/docker-events.ts';
import { errors } from './errors.ts';
import { registryWords } from './explain.ts';
import type { Credentials } from './password.ts';
import { type PullTarget, pulledDigest, pulledName } from './pull-spec.ts';

/** Pulls one image; returns its reference by digest. Throws E_PULL_FAILED, E_ABORTED or E_UNAVAILABLE. */
export async function pullImage(
  client: DockerClient,
  target: PullTarget,
  credentials: Credentials,
  context: StepContext,
): Promise<string> {
  const reference = pulledName(target);
  try {
    const digest = await client.useAlone(context.signal, (docker) =>
      pull(docker, target, credentials, context),
    );
    return `${target.repository}@${digest}`;
  } catch (cause) {
    if (context.signal.aborted) throw coreErrors.E_ABORTED({ what: `The pull of ${reference}` }, { cause });
    // The client has explained an engine that does not answer.
    if (isOctohostError(cause)) throw cause;
    throw errors.E_PULL_FAILED({ reference, words: registryWords(cause, credentials) });
  }
}

/** The engine may answer 200 before it knows: an error comes as an event of a stream that ends well. */
async function pull(
  docker: Docker,
  { repository, tag }: PullTarget,
  credentials: Credentials,
  context: StepContext,
): Promise<string> {
  let digest: string | undefined;
  let refused: string | undefined;
  const stream = await docker.createImage(credentials, { fromImage: repository, tag });
  for await (const event of engineEvents(stream)) {
    refused = event.error ?? refused;
    digest = pulledDigest(event) ?? digest;
    const line = progressLine(event);
    if (line !== undefined) context.output(line);
  }
  if (refused === undefined && digest !== undefined) return digest;
  throw new Error(refused ?? 'the engine told no digest');
}
