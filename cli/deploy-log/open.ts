/** What a deploy said, from its start. */
import type { DeployId, Engine } from '../../core/index.ts';
import { errors } from '../errors.ts';
import { followDeployLog } from './follow.ts';

/**
 * @param options.follow true: goes on until the deploy has ended; else what there is now
 * @throws E_DEPLOY_OUTPUT where it ran on another host
 */
export async function openDeployOutput(
  engine: Engine,
  id: DeployId,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): Promise<AsyncIterable<string>> {
  const { site, deploy, host } = await engine.deployOf(id);
  const isGone = async () => !follow || !(await engine.deployOf(deploy)).alive;
  const log = await followDeployLog(engine.config.dataDir, { site, deploy }, isGone, signal);
  if (!log) throw errors.E_DEPLOY_OUTPUT({ deploy, host });
  return log;
}
