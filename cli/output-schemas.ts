/** What `--json` prints of the commands that show something, and of some that change it, as published in output.schema.json. */
import * as z from 'zod/mini';

const text = z.string();
const time = z.iso.datetime();
const count = z.int();
const optional = z.optional;

const failure = z.strictObject({
  code: text,
  message: text,
  hint: text,
  details: z.array(text),
  step: optional(text),
  site: optional(text),
  plugin: optional(text),
});
const problems = z.array(z.strictObject({ site: text, error: failure }));
const actions = z.array(z.strictObject({ site: text, did: text }));

const siteStatus = {
  site: text,
  state: z.enum(['up', 'degraded', 'down', 'stopped', 'not deployed']),
  release: optional(count),
  running: count,
  wanted: count,
  urls: z.array(text),
  changed: z.boolean(),
  unpublished: z.boolean(),
  unstable: z.boolean(),
  maintenance: z.boolean(),
  since: optional(time),
};
const unusable = z.array(
  z.strictObject({ where: z.enum(['store', 'catalog']), name: text, problem: text, site: optional(text) }),
);
const event = z.strictObject({ number: count, at: time, site: optional(text), what: text });
const agent = z.strictObject({
  host: text,
  alive: z.boolean(),
  pid: optional(count),
  since: optional(time),
  out: z.array(z.strictObject({ service: text, site: text, why: text })),
  last: optional(event),
});

/** By command; `status` with a site has a shape of its own. */
export const outputSchemas = {
  error: z.strictObject({ error: failure }),
  sites: z.strictObject({ sites: z.array(text) }),
  status: z.strictObject({
    sites: z.array(z.strictObject(siteStatus)),
    problems,
    unusable,
    agent: optional(agent),
  }),
  'status <site>': z.strictObject({ ...siteStatus, unusable }),
  ps: z.strictObject({
    instances: z.array(
      z.strictObject({
        id: text,
        name: text,
        site: text,
        release: count,
        deploy: text,
        role: z.enum(['current', 'retiring', 'left over']),
        state: z.enum(['running', 'paused', 'unhealthy', 'returning', 'ended']),
        addresses: z.array(text),
        startedAt: optional(text),
        restarts: count,
        exitCode: optional(count),
      }),
    ),
  }),
  logs: z.strictObject({
    site: text,
    lines: z.array(z.strictObject({ instance: text, stream: z.enum(['stdout', 'stderr']), text })),
  }),
  events: z.strictObject({ events: z.array(event) }),
  doctor: z.strictObject({
    checks: z.array(
      z.strictObject({
        plugin: text,
        check: text,
        summary: text,
        why: optional(text),
        site: optional(text),
        state: z.enum(['ok', 'warning', 'failed']),
        message: text,
        hint: optional(text),
      }),
    ),
    fixed: optional(z.strictObject({ actions, problems })),
  }),
  converge: z.strictObject({ actions, problems }),
  rename: z.strictObject({
    site: text,
    from: text,
    release: count,
    urls: z.array(text),
    lost: z.array(text),
    branch: optional(text),
    steps: z.array(z.strictObject({ step: text, milliseconds: z.number() })),
    retiring: count,
    warnings: z.array(z.strictObject({ site: text, text })),
  }),
  explain: z.strictObject({
    site: text,
    specification: z.array(z.strictObject({ name: text, value: text, origin: text })),
  }),
} satisfies Record<string, z.ZodMiniType>;

/** The published form: a JSON Schema for each command, below `$defs`. */
export function outputJsonSchema(): object {
  const defs = Object.entries(outputSchemas).map(([command, schema]) => {
    const { $schema: _, ...own } = z.toJSONSchema(schema);
    return [command, own] as const;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What octo prints with --json, by command',
    $defs: Object.fromEntries(defs),
  };
}
