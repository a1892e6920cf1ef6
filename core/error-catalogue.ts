/** Every error of the core: its message and the next thing to do, by theme below `catalogue/`. The guide is cli/README.md. */
import { deployErrors } from './catalogue/deploy.ts';
import { inputErrors } from './catalogue/input.ts';
import { installationErrors } from './catalogue/installation.ts';
import { siteErrors } from './catalogue/site.ts';

/** The throwable form of every error of the core: `throw errors.E_SITE_NAME({ name })`. */
export const errors = {
  ...inputErrors,
  ...installationErrors,
  ...deployErrors,
  ...siteErrors,
};
