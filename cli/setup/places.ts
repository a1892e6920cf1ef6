/** Where a server has what octohost needs of it. */
import { join } from 'node:path';

export const places = {
  folder: '/etc/octohost',
  config: '/etc/octohost/octohost.config.ts',
  /** What was made by the set-up. */
  record: '/etc/octohost/setup.json',
  units: '/etc/systemd/system',
  command: '/usr/local/bin/octo',
} as const;

/** Of octohost's own nginx, as its plugin lays it out. */
export function nginxPlaces(dataDir: string) {
  const prefix = join(dataDir, 'nginx');
  return {
    prefix,
    conf: join(prefix, 'nginx.conf'),
    pidFile: join(prefix, 'nginx.pid'),
    errorLog: join(prefix, 'logs', 'error.log'),
    statusSocket: join(prefix, 'status.sock'),
  };
}
