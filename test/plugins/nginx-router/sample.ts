/** Parts of a configuration, for tests that render without an nginx. */
import { readInForce } from '../../../plugins/nginx-router/in-force.ts';
import { nginxLayout } from '../../../plugins/nginx-router/layout.ts';
import type { Sources } from '../../../plugins/nginx-router/nginx-conf.ts';
import type { SiteDefaults } from '../../../plugins/nginx-router/site-conf.ts';

export const layout = nginxLayout('/var/lib/octohost/nginx');

export const defaults: SiteDefaults = {
  maxBodySize: '1g',
  maxHeaderSize: '64k',
  timeoutSeconds: 3600,
  buffering: false,
  gzip: true,
};

/** Nothing is in force, and nginx is new enough for everything. */
export function sources(given: Partial<Sources> = {}): Sources {
  return {
    routes: [],
    own: [],
    templates: new Map(),
    inForce: readInForce('', '', layout),
    features: { http2: 'directive' },
    ...given,
  };
}
