/** The router on octohost's own nginx: one configuration for all sites, tested, switched and confirmed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from '../../core/index.ts';
import { nginxChecks } from './checks.ts';
import { nginxLayout } from './layout.ts';
import { checkOptions, type NginxRouterOptions } from './options.ts';
import { askFeatures, askVersion } from './program.ts';
import { createNginxRouter } from './router.ts';

export { type NginxLayout, nginxLayout } from './layout.ts';
export type { NginxRouterOptions } from './options.ts';

/** Provides the role router. Throws E_NGINX_OPTIONS. */
export function nginxRouter(options: NginxRouterOptions = {}): Plugin {
  const checked = checkOptions(options);
  return {
    name: 'nginx-router',
    setup(api) {
      const { dataDir, environment, http, https } = api.installation;
      const { binary, confirmSeconds, start, siteTemplate, ...rest } = checked;
      const { prefix = join(dataDir, 'nginx'), templates = join(prefix, 'templates'), ...conf } = rest;
      const { maxBodySize, maxHeaderSize, timeoutSeconds, buffering, gzip, ...others } = conf;
      const program = { binary, path: environment['PATH'] };
      const router = createNginxRouter({
        layout: nginxLayout(prefix),
        program,
        features: askFeatures(program),
        confirmSeconds,
        start,
        ports: [http.port, https.port],
        templates,
        siteTemplate,
        https,
        conf: {
          ...others,
          http,
          httpsPort: https.port,
          ipv6: existsSync('/proc/net/if_inet6'),
          asRoot: process.geteuid?.() === 0,
          defaults: { maxBodySize, maxHeaderSize, timeoutSeconds, buffering, gzip },
          siteTemplate,
        },
      });
      api.part({ name: 'nginx', version: (signal) => askVersion(program, signal) });
      for (const check of nginxChecks({ layout: nginxLayout(prefix), program, http })) api.check(check);
      api.provide('router', router);
    },
  };
}
