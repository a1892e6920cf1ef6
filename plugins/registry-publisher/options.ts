/** The options of registryPublisher. */
import { isAbsolute } from 'node:path';
import * as z from 'zod/mini';
import { hostOption } from '../shared/docker-options.ts';

export interface RegistryPublisherOptions {
  /** `host` or `host:port`, without a scheme: `registry.example.com:5000`. */
  registry: string;
  /** Goes before the site's name: `team` gives `registry.example.com:5000/team/<site>`. @default none */
  repository?: string;
  /** Where the registry asks for one. The password is OCTO_REGISTRY_PASSWORD of the environment, or a file's. */
  username?: string;
  /** Absolute path of a file that holds the password alone. */
  passwordFile?: string;
  /** `unix:///path` or `tcp://host:port`. @default DOCKER_HOST, or `unix:///var/run/docker.sock` */
  host?: string;
}

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const registry = new RegExp(String.raw`^(?:${label}(?:\.${label})*|\[[0-9a-fA-F:]+\])(?::\d{1,5})?$`);
const component = '[a-z0-9]+(?:(?:[.]|_{1,2}|-+)[a-z0-9]+)*';
const repository = new RegExp(`^${component}(?:/${component})*$`);

export const schema = z.strictObject({
  registry: z.string().check(
    z.regex(registry, 'is no host or host:port'),
    // `team/app` on a host without a dot or a port would be a path on Docker Hub.
    z.refine(
      (text) => /[.:]|^localhost$/.test(text),
      'needs a dot or a port: registry.example.com, registry:5000',
    ),
  ),
  repository: z.optional(z.string().check(z.regex(repository, 'is no path of lower-case names'))),
  username: z.optional(z.string().check(z.minLength(1))),
  passwordFile: z.optional(z.string().check(z.refine(isAbsolute, 'is no absolute path'))),
  host: hostOption,
});

export type CheckedOptions = z.infer<typeof schema>;
