/** The router on octohost's own nginx: one configuration for all sites, tested, switched and confirmed. */
import { join } from 'node:path';
import type { Plugin } from '../../core/index.ts';
import { nginxLayout } from './layout.ts';
import { checkOptions, type NginxRouterOptions } from './options.ts';
import { createNginxRouter } from './router.ts';

export { type NginxLayout, nginxLayout } from './layout.ts';
export type { NginxRouterOptions } from './options.ts';

/** Provides the role router. Throws E_NGINX_OPTIONS. */
export function nginxRouter(options: NginxRouterOptions = {}): Plugin {
  const checked = checkOptions(options);
  return {
    name: 'nginx-router',
    setup(api) {
      const { dataDir, environment, http } = api.installation;
      const { binary, confirmSeconds, start, workerShutdownSeconds, maxBodySize, workerProcesses } = checked;
      const router = createNginxRouter({
        layout: nginxLayout(checked.prefix ?? join(dataDir, 'nginx')),
        program: { binary, path: environment['PATH'] },
        confirmSeconds,
        start,
        conf: {
          http,
          workerShutdownSeconds,
          maxBodySize,
          workerProcesses,
          asRoot: process.geteuid?.() === 0,
        },
      });
      api.provide('router', router);
    },
  };
}
