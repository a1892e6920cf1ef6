/** What each hook's executables read, as schemas; a modifier's is also what they may write. Pure. */
import type { LifecycleName, ModifierName } from 'octohost';
import * as z from 'zod/mini';

const text = z.string();
const texts = z.record(z.string(), z.string());
const count = z.int();

const image = z.looseObject({ id: text, tag: z.optional(text) });
const instance = z.looseObject({ id: text, name: text, site: text, release: count, deploy: text });
const service = z.object({
  kind: z.literal('instance'),
  id: text,
  site: text,
  address: text,
  port: count,
  tags: z.array(text),
  check: z.optional(z.object({ http: text, interval: text })),
  instance: text,
  deploy: text,
  spec: text,
});
const release = z.looseObject({ site: text, number: count, deploy: text, createdAt: text, image });
const source = z.looseObject({ kind: z.enum(['tree', 'image']) });

const deployment = {
  deploy: text,
  site: text,
  reason: text,
  actor: text,
  revision: z.optional(text),
  previous: z.optional(release),
};
const built = { ...deployment, image };
const started = { ...built, instances: z.array(instance) };
const registered = { ...started, services: z.array(service) };

export const schemas = {
  received: z.object({ ...deployment, source }),
  built: z.object(built),
  started: z.object(started),
  registered: z.object(registered),
  routed: z.object({ ...registered, release, urls: z.array(text) }),
  published: z.object({ ...deployment, release, reference: text }),
  retired: z.object({ site: text, instances: z.array(instance) }),
  removed: z.object({ site: text, actor: text, domains: z.array(text), volumes: z.array(text) }),
  failed: z.object({
    ...deployment,
    error: z.object({ message: text, code: z.optional(text), hint: z.optional(text) }),
  }),
  settled: z.object({
    ...deployment,
    outcome: z.enum(['current', 'stopped', 'failed']),
    release: z.optional(release),
    urls: z.optional(z.array(text)),
    steps: z.array(z.object({ step: text, milliseconds: z.number() })),
  }),
  modifySiteConf: z.object({
    site: text,
    origin: z.optional(z.object({ repository: text, ref: text })),
    values: texts,
    domains: z.array(text),
  }),
  modifyBuild: z.object({ site: text, deploy: text, source, arguments: texts, noCache: z.boolean() }),
  modifySpec: z.looseObject({
    site: text,
    image: text,
    environment: texts,
    ports: z.array(z.object({ port: count, protocol: z.enum(['tcp', 'udp']) })),
    volumes: z.array(text),
    memoryLimit: z.optional(count),
    generation: count,
  }),
  modifyService: service,
  modifyRoute: z.looseObject({
    site: text,
    domains: z.array(text),
    upstreams: z.array(z.object({ address: text, port: count })),
  }),
} satisfies Record<LifecycleName | ModifierName, z.ZodMiniType>;

export type HookName = keyof typeof schemas;

/** The published form: a JSON Schema for each hook. */
export function jsonSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(schemas).map(([hook, schema]) => [hook, z.toJSONSchema(schema, { io: 'input' })]),
  );
}
