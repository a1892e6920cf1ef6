/** The options of imageBuilder. */
import * as z from 'zod/mini';
import { hostOption } from '../shared/docker-options.ts';

export interface ImageBuilderOptions {
  /** `unix:///path` or `tcp://host:port`. @default DOCKER_HOST, or `unix:///var/run/docker.sock` */
  host?: string;
}

export const schema = z.strictObject({ host: hostOption });
