/** One Docker Engine and one base image for all end-to-end tests: the engine of DOCKER_HOST, or one of our own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { baseImage } from '../../cli/dev/demo.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { startDockerEngine, stopDockerEngine } from '../../cli/dev/docker-engine.ts';

export default async function setup(): Promise<() => Promise<void>> {
  const given = process.env['DOCKER_HOST'];
  const dir = await mkdtemp(join(tmpdir(), 'octo-e2e-'));
  const dockerHost = given ?? (await startDockerEngine({ dir })).dockerHost;
  process.env['DOCKER_HOST'] = dockerHost;
  await importBusyboxImage(await connectDocker(dockerHost), baseImage);
  return async () => {
    if (given === undefined) await stopDockerEngine({ dir });
    await rm(dir, { recursive: true, force: true });
  };
}
