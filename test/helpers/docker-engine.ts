/** A Docker Engine of a test's own, with the base image that test sites are made of. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { baseImage, importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { startDockerEngine, stopDockerEngine } from '../../cli/dev/docker-engine.ts';

export interface OwnEngine {
  /** Its folder, as `startDockerEngine` takes it. */
  readonly dir: string;
  /** `unix:///path` */
  readonly dockerHost: string;
  dispose(): Promise<void>;
}

export async function ownEngine(): Promise<OwnEngine> {
  const dir = await mkdtemp(join(tmpdir(), 'octo-e-'));
  const { dockerHost } = await startDockerEngine({ dir });
  await importBaseImage(dockerHost);
  return {
    dir,
    dockerHost,
    async dispose() {
      await stopDockerEngine({ dir });
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function importBaseImage(dockerHost: string): Promise<void> {
  await importBusyboxImage(await connectDocker(dockerHost), baseImage);
}
