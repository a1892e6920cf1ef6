/** Makes an image of files, without any download. */
import { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import type { Pack } from 'tar-stream';

export async function hasImage(docker: Dockerode, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/**
 * Gives what the engine complained of; undefined where the image is there.
 * @param reference `octohost/busybox:1`
 * @param changes lines of a Dockerfile, such as `CMD ["sh"]`
 */
export async function importImage(
  docker: Dockerode,
  reference: string,
  tree: Pack,
  changes: readonly string[],
): Promise<string | undefined> {
  const target = { ...repositoryAndTag(reference), changes: [...changes] };
  return refusal(docker, await docker.importImage(Readable.from(tree), target));
}

/** `host:5000/name:1` has a tag, `host:5000/name` has none. */
function repositoryAndTag(reference: string): { repo: string; tag: string } {
  const colon = reference.lastIndexOf(':');
  if (colon < reference.lastIndexOf('/') + 1) return { repo: reference, tag: 'latest' };
  return { repo: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/** The engine answers 200 before it has read the tar: what went wrong after that is in the stream. */
async function refusal(docker: Dockerode, answer: NodeJS.ReadableStream): Promise<string | undefined> {
  type Line = { error?: string };
  const lines = await new Promise<Line[]>((resolve, reject) => {
    docker.modem.followProgress(answer, (error, output) => (error ? reject(error) : resolve(output)));
  });
  const refused = lines.find((line) => line.error !== undefined);
  return refused && `the engine answered: ${refused.error}`;
}
