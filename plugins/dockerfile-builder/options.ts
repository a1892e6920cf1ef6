/** The options of dockerfileBuilder. */
import * as z from 'zod/mini';
import { hostOption } from '../shared/docker-options.ts';

export interface DockerfileBuilderOptions {
  /** Path below the top of the repository. @default 'Dockerfile' */
  dockerfile?: string;
  /** `auto` takes BuildKit where the engine has it. @default 'auto' */
  engine?: 'auto' | 'buildkit' | 'classic';
  /** `unix:///path` or `tcp://host:port`. @default DOCKER_HOST, or `unix:///var/run/docker.sock` */
  host?: string;
  /** Seconds until a build is given up. @default 1800 */
  timeoutSeconds?: number;
}

/** Plain names joined by `/`: no `.`, no `..`, nothing absolute. */
const relativePath = /^(?!\.{1,2}(\/|$))[^/\0]+(\/(?!\.{1,2}(\/|$))[^/\0]+)*$/;

export const schema = z.strictObject({
  dockerfile: z._default(z.string().check(z.regex(relativePath, 'is no path below the top')), 'Dockerfile'),
  engine: z._default(z.enum(['auto', 'buildkit', 'classic']), 'auto'),
  host: hostOption,
  timeoutSeconds: z._default(z.int().check(z.gte(1), z.lte(86_400)), 1800),
});

export type CheckedOptions = z.infer<typeof schema>;
