/** Whether there is room for a build: a disk that is full halfway through one is full for all sites. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ResolvedConfig } from './config.ts';
import { errors } from './error-catalogue.ts';

/** A place, and what somebody who is not root may still write there, in 1024 × 1024 bytes. */
export interface DiskSpace {
  readonly path: string;
  readonly freeMegabytes: number;
}

/** Looks at the disks of octohost's data and of the images of this host. @throws E_DISK_SPACE */
export async function requireDiskSpace({
  dataDir,
  builds,
}: Pick<ResolvedConfig, 'dataDir' | 'builds'>): Promise<void> {
  refuseFull(await diskSpaces({ dataDir, builds }), builds.minFreeMegabytes);
}

/** The disks of octohost's data and of the images of this host. */
export function diskSpaces({
  dataDir,
  builds,
}: Pick<ResolvedConfig, 'dataDir' | 'builds'>): Promise<DiskSpace[]> {
  return Promise.all([...new Set([dataDir, ...builds.disks])].map(spaceAt));
}

/** Pure. @throws E_DISK_SPACE with each place that has less than `least` 1024 × 1024 bytes */
export function refuseFull(spaces: readonly DiskSpace[], least: number): void {
  const full = spaces.filter(({ freeMegabytes }) => freeMegabytes < least);
  if (full.length === 0) return;
  throw errors.E_DISK_SPACE({
    least,
    places: full.map(({ path, freeMegabytes }) => `${path}: ${freeMegabytes} MB free`),
  });
}

/** Of a folder that is not there yet, the one that it will be in. */
async function spaceAt(path: string): Promise<DiskSpace> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return { path, freeMegabytes: Math.floor((bavail * bsize) / 1024 / 1024) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder === dirname(folder)) throw error;
    }
  }
}
