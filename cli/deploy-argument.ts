/** A deploy as it is named at the command line: by its id, or by its site. */
import * as Args from '@oclif/core/args';
import { type DeployStatus, type Engine, isOctohostError, isSiteName } from '../core/index.ts';
import { errors } from './errors.ts';

export const deployArgument = Args.custom({ ignoreStdin: true })({
  required: true,
  description: "The deploy's id, or a site: the last deploy of it.",
});

/**
 * The deploy of this id, else the last one of the site of this name. Ids look like names of sites, but begin with the
 * time and are on record.
 * @throws E_DEPLOY_UNKNOWN
 */
export async function findDeploy(engine: Engine, name: string): Promise<DeployStatus> {
  try {
    return await engine.deployOf(name);
  } catch (error) {
    if (!isOctohostError(error) || error.code !== 'E_DEPLOY_UNKNOWN' || !isSiteName(name)) throw error;
    const last = (await engine.deploys(name)).at(-1);
    if (last) return last;
    // Tells a site that does not exist from one without a deploy.
    await engine.status(name);
    throw errors.E_DEPLOY_NONE({ site: name });
  }
}
