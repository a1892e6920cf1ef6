/** Where the output of deploys is kept: one text file each, as the pusher saw it. Pure. */
import { join } from 'node:path';
import type { DeployId, SiteName } from '../../core/index.ts';

export interface LoggedDeploy {
  readonly site: SiteName;
  readonly deploy: DeployId;
}

/** The folder of one site's deploys. */
export function logFolder(dataDir: string, site: SiteName): string {
  return join(dataDir, 'deploys', site);
}

/** While the deploy runs its file has another name, which says that more may come. */
export function logFiles(dataDir: string, { site, deploy }: LoggedDeploy) {
  const path = join(logFolder(dataDir, site), deploy);
  return { running: `${path}.running`, whole: `${path}.log` } as const;
}

/** The files of a folder that are more than the last so many deploys; ids sort by time. */
export function tooOld(names: readonly string[], kept: number): string[] {
  const ids = [...new Set(names.map((name) => name.split('.', 1)[0] ?? ''))].toSorted();
  const gone = new Set(ids.slice(0, Math.max(0, ids.length - kept)));
  return names.filter((name) => gone.has(name.split('.', 1)[0] ?? ''));
}
