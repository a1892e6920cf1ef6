/** What can go wrong with a private instance. The guide is cli/README.md. */
import { defineErrors, exitCodes } from '../../core/index.ts';

const { usage, unavailable } = exitCodes;

export const errors = defineErrors({
  E_DEV_HALF: (f: { dir: string }) => ({
    message: `A private instance was begun in ${f.dir} and is not whole.`,
    hint: `Clear it away first: octo dev:down --dir ${f.dir}`,
  }),
  E_DEV_NONE: (f: { dir: string }) => ({
    message: `There is no private instance in ${f.dir}.`,
    hint: `Bring one up: octo dev:up --dir ${f.dir}`,
    exit: usage,
  }),
  E_DEV_ENGINE: (f: { dockerHost: string }) => ({
    message: `No Docker Engine answers at ${f.dockerHost} (DOCKER_HOST).`,
    hint: 'Start it, or unset DOCKER_HOST: then the instance starts an engine of its own.',
    exit: unavailable,
  }),
  E_DEV_DEMO: (f: { what: string; lines: readonly string[] }) => ({
    message: `The demo could not ${f.what}.`,
    hint: 'Read the lines above; run it again with --keep to look around.',
    details: f.lines,
  }),
});
