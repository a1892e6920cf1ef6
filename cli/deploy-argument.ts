/** A deploy as it is named at the command line: by its id, or by its site. */
import * as Args from '@oclif/core/args';
import {
  errors as coreErrors,
  type DeployStatus,
  type Engine,
  isOctohostError,
  isSiteName,
  type SiteName,
} from '../core/index.ts';
import { errors } from './errors.ts';

export const deployArgument = Args.custom({ ignoreStdin: true })({
  required: true,
  description: "The deploy's id, or a site: the last deploy of it.",
});

/**
 * The deploy of a site by its id; the last one where none is given, or `last`.
 * @throws E_DEPLOY_UNKNOWN where it is of another site, E_DEPLOY_NONE
 */
export async function findDeployOf(
  engine: Engine,
  site: SiteName,
  id: string | undefined,
): Promise<DeployStatus> {
  if (id === undefined || id === 'last') return lastDeploy(engine, site);
  const found = (await engine.deploys(site)).find(({ deploy }) => deploy === id);
  if (!found) throw coreErrors.E_DEPLOY_UNKNOWN({ deploy: id });
  return found;
}

async function lastDeploy(engine: Engine, site: SiteName): Promise<DeployStatus> {
  const last = (await engine.deploys(site)).at(-1);
  if (last) return last;
  // Tells a site that does not exist from one without a deploy.
  await engine.status(site);
  throw errors.E_DEPLOY_NONE({ site });
}

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
    return lastDeploy(engine, name);
  }
}
