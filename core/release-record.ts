/** The shape of a release and of an instance in the store. */
import * as z from 'zod/mini';
import { checkKinds } from './checks/values.ts';
import { binding, declaredConf, declaredOptions, domains, mount, peer, port } from './declared-shapes.ts';

export const route = z.object({
  httpsOnly: z.optional(z.boolean()),
  tls: z.optional(z.string()),
  maxBodyBytes: z.optional(z.int()),
  timeoutSeconds: z.optional(z.int()),
  buffering: z.optional(z.boolean()),
  sticky: z.optional(z.boolean()),
  template: z.optional(z.string()),
});

export const instance = z.object({
  id: z.string(),
  name: z.string(),
  site: z.string(),
  release: z.int(),
  deploy: z.string(),
  spec: z.string(),
  bindings: z.array(binding),
  complete: z.optional(z.literal(true)),
});

const device = z.object({ source: z.string(), target: z.string(), rights: z.string() });

const check = z.object({
  kind: z.optional(z.enum(checkKinds)),
  port: z.optional(z.int()),
  path: z.optional(z.string()),
  status: z.optional(z.array(z.object({ from: z.int(), to: z.int() }))),
  body: z.optional(z.string()),
  command: z.optional(z.array(z.string())),
  intervalSeconds: z.optional(z.number()),
  retries: z.optional(z.int()),
  timeoutSeconds: z.number(),
});

export const release = z.object({
  site: z.string(),
  number: z.int(),
  deploy: z.string(),
  reason: z.enum([
    'deploy',
    'scale',
    'configuration',
    'domains',
    'reload',
    'rollback',
    'start',
    'adopt',
    'clone',
    'rename',
  ]),
  actor: z.string(),
  createdAt: z.string(),
  revision: z.optional(z.string()),
  origin: z.optional(z.object({ repository: z.string(), ref: z.string() })),
  message: z.optional(z.string()),
  tree: z.optional(z.string()),
  image: z.object({
    id: z.string(),
    tag: z.optional(z.string()),
    ports: z.array(port),
    volumes: z.array(z.string()),
    serviceTags: z.optional(z.string()),
  }),
  environment: z.string(),
  settings: z.string(),
  back: z.optional(z.int()),
  run: z.object({
    httpPort: z.optional(z.int()),
    ports: z.array(port),
    volumes: z.array(z.string()),
    hostname: z.optional(z.string()),
    memoryLimit: z.optional(z.int()),
    processes: z.optional(z.int()),
    cpus: z.optional(z.number()),
    links: z.optional(z.array(z.object({ ...peer, alias: z.string() }))),
    volumesFrom: z.optional(z.array(z.object(peer))),
    mounts: z.optional(z.array(z.object(mount))),
    hostPorts: z.optional(z.array(binding)),
    capabilities: z.optional(z.array(z.string())),
    devices: z.optional(z.array(device)),
    hostNetwork: z.optional(z.literal(true)),
    name: z.optional(z.string()),
    generation: z.int(),
  }),
  route: z.optional(route),
  declared: z.object({
    domains,
    conf: z.optional(declaredConf),
    releaseCommand: z.optional(z.string()),
    options: z.optional(declaredOptions),
  }),
  count: z.int(),
  domains,
  check,
  service: z.optional(
    z.object({
      tags: z.array(z.string()),
      check: z.optional(
        z.object({
          url: z.optional(z.string()),
          interval: z.string(),
          failures: z.optional(z.int()),
          successes: z.optional(z.int()),
        }),
      ),
    }),
  ),
  graceSeconds: z.number(),
  spec: z.string(),
});
