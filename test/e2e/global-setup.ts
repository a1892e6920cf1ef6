/** One Docker Engine and one base image for all end-to-end tests: the engine of DOCKER_HOST, or one of our own. */
import { importBaseImage, ownEngine } from '../helpers/docker-engine.ts';

export default async function setup(): Promise<() => Promise<void>> {
  const given = process.env['DOCKER_HOST'];
  if (given !== undefined) {
    await importBaseImage(given);
    return async () => {};
  }
  const engine = await ownEngine();
  process.env['DOCKER_HOST'] = engine.dockerHost;
  return engine.dispose;
}
