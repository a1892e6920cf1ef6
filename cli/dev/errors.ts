/** What can go wrong with a private instance. The guide is cli/README.md. */
import { defineErrors, exitCodes } from '../../core/index.ts';

const { usage, unavailable } = exitCodes;

export const errors = defineErrors({
  E_DEV_HALF: (f: { dir: string }) => ({
    message: `The private instance in ${f.dir} is not whole: it was not finished, or a part of it has ended.`,
    hint: `Clear it away first: octo dev:down --dir ${f.dir}`,
  }),
  E_DEV_FOREIGN: (f: { dir: string; names: readonly string[] }) => ({
    message: `${f.dir} holds ${f.names.join(', ')}, which a private instance would use and which is not octohost's.`,
    hint: 'Name a folder that is empty or not there yet.',
    exit: usage,
  }),
  E_DEV_UNREACHABLE: (f: { dockerHost: string }) => ({
    message: `The Docker Engine at ${f.dockerHost} does not answer, so what the instance has there cannot be removed.`,
    hint: 'Start that engine, then run octo dev:down again; nothing was deleted.',
    exit: unavailable,
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
