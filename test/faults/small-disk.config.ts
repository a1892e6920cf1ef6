/** Of an instance on a small disk: it is to fail at its writes, not at the look before a build. */
import { defineConfig } from 'octohost';
import base from '../../octohost.config.ts';

export default defineConfig({ ...base, builds: { minFreeMegabytes: 0 } });
