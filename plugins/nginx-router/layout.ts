/** Where everything of octohost's own nginx lies, below one prefix. Pure. */
import { join } from 'node:path';

export interface NginxLayout {
  /** Given to nginx as `-p`, and its working folder. */
  readonly prefix: string;
  /** The configuration in force; replaced by rename. */
  readonly conf: string;
  /** Files of single sites, with their keys; nobody else may look in. */
  readonly sitesDir: string;
  /** Tables of live routes, by content key. */
  readonly routesDir: string;
  /** The operator's own virtual hosts, `*.conf`; octohost only reads here. */
  readonly operatorDir: string;
  /** While this file is there, nginx closes each connection after its answer. */
  readonly closing: string;
  /** The master's pid, written by nginx. */
  readonly pidFile: string;
  readonly logDir: string;
  readonly errorLog: string;
  /** Bodies on their way through; nginx makes a folder of each kind. */
  readonly tempDir: string;
  /** Answers `/generation`, `/worker` and what live routes need; only processes of this host reach it. */
  readonly statusSocket: string;
}

/** The layout below an absolute prefix. Ending nginx is `kill -QUIT $(cat <pidFile>)`. */
export function nginxLayout(prefix: string): NginxLayout {
  const logDir = join(prefix, 'logs');
  return {
    prefix,
    conf: join(prefix, 'nginx.conf'),
    sitesDir: join(prefix, 'sites'),
    routesDir: join(prefix, 'routes'),
    operatorDir: join(prefix, 'conf.d'),
    closing: join(prefix, 'closing'),
    pidFile: join(prefix, 'nginx.pid'),
    logDir,
    errorLog: join(logDir, 'error.log'),
    tempDir: join(prefix, 'temp'),
    statusSocket: join(prefix, 'status.sock'),
  };
}
