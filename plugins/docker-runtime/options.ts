/** The options of dockerRuntime. */
import * as z from 'zod/mini';
import { hostOption } from '../shared/docker-options.ts';

export interface DockerRuntimeOptions {
  /** `unix:///path` or `tcp://host:port`. @default DOCKER_HOST, or `unix:///var/run/docker.sock` */
  host?: string;
  /** First part of the names of containers and volumes. @default 'octohost' */
  namePrefix?: string;
  /** Size of one log file of a container, of which there are three: `10m`, `500k`, `1g`. @default '10m' */
  logMaxSize?: string;
}

export const schema = z.strictObject({
  host: hostOption,
  namePrefix: z._default(
    z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'is not lower-case letters, digits and -')),
    'octohost',
  ),
  logMaxSize: z._default(
    z.string().check(z.regex(/^[1-9]\d{0,5}[kmg]$/, 'is no size like 10m, 500k or 1g')),
    '10m',
  ),
});

export type CheckedOptions = z.infer<typeof schema>;
