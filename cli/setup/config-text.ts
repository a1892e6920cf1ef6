/** The configuration of a new server. Pure. */
import type { Domain } from '../../core/index.ts';

export interface NewConfig {
  /** Sites answer below it. */
  readonly domainSuffix: Domain;
  /** Whether systemd starts nginx; else octohost does. */
  readonly systemd: boolean;
}

/** The text of a server's octohost.config.ts. */
export function configText({ domainSuffix, systemd }: NewConfig): string {
  return `/** octohost on this server. All that may stand here: cli/README.md and core/config.ts of octohost. */
import { defineConfig } from 'octohost';
import { dockerRuntime } from 'octohost/plugins/docker-runtime';
import { dockerfileBuilder } from 'octohost/plugins/dockerfile-builder';
import { embeddedRegistrar } from 'octohost/plugins/embedded-registrar';
import { embeddedStore } from 'octohost/plugins/embedded-store';
import { imageBuilder } from 'octohost/plugins/image-builder';
import { nginxRouter } from 'octohost/plugins/nginx-router';

export default defineConfig({
  // A site \`app\` answers at http://app.${domainSuffix}.
  domainSuffix: ${JSON.stringify(domainSuffix)},
  plugins: [
    embeddedStore(),
    embeddedRegistrar(),
    dockerfileBuilder(),
    imageBuilder(),
    dockerRuntime(),
    ${systemd ? '// The unit octohost-nginx starts it.\n    nginxRouter({ start: false })' : 'nginxRouter()'},
  ],
});
`;
}
