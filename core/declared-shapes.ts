/** The shapes of what a release keeps of its repository's wishes, and of the values in them. */
import * as z from 'zod/mini';

export const domains = z.array(z.string());
export const port = z.object({ port: z.int(), protocol: z.enum(['tcp', 'udp']) });
export const binding = z.object({
  port: z.int(),
  protocol: z.enum(['tcp', 'udp']),
  hostAddress: z.string(),
  hostPort: z.int(),
});

export const peer = { site: z.string(), instance: z.string() };
export const mount = { source: z.string(), target: z.string(), readOnly: z.optional(z.boolean()) };
const line = z.int();

export const declaredOptions = z.object({
  file: z.string(),
  noHttpProxy: z.optional(line),
  addName: z.optional(line),
  volumesFrom: z.optional(line),
  links: z.array(z.object({ alias: z.string(), container: z.optional(z.string()), line })),
  mounts: z.array(z.object({ ...mount, line })),
  hostPorts: z.array(z.extend(binding, { line })),
});

export const declaredConf = z.object({
  file: z.optional(z.string()),
  values: z.string(),
  lines: z.record(z.string(), line),
  domains,
  plugins: z.optional(z.record(z.string(), z.unknown())),
});
