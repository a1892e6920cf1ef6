/** The options of staticSites. */
import type { DockerfileBuilderOptions } from 'octohost/plugins/dockerfile-builder';
import * as z from 'zod/mini';

export interface StaticOptions extends Pick<DockerfileBuilderOptions, 'engine' | 'host' | 'timeoutSeconds'> {
  /** Image that has the program `httpd` of busybox. @default 'busybox:1' */
  image?: string;
  /** Folder of the pages, below the top of the repository. @default the top */
  folder?: string;
}

/** Names joined by `/`; none begins with a dot. */
const plainFolder = /^[^/\s.][^/\s]*(\/[^/\s.][^/\s]*)*$/;

export const schema = z.strictObject({
  image: z._default(z.string().check(z.regex(/^[\w./:@-]+$/, 'is not the name of an image')), 'busybox:1'),
  folder: z.optional(z.string().check(z.regex(plainFolder, 'is no folder below the top'))),
});
