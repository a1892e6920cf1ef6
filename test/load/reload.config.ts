/** The built-in plugins, with an nginx that is reloaded for each change of routes. */
import { defineConfig } from 'octohost';
import { nginxRouter } from 'octohost/plugins/nginx-router';
import base from '../../octohost.config.ts';

const others = base.plugins.filter(({ name }) => name !== 'nginx-router');

export default defineConfig({ ...base, plugins: [...others, nginxRouter({ routeChange: 'reload' })] });
