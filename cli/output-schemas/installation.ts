/** The installation itself: its keys, locks, plugins, state, its set-up and its moves. */
import * as z from 'zod/mini';
import { convergence, count, failure, flag, optional, problems, text, texts, time } from './shared.ts';

const right = z.enum(['read', 'deploy', 'admin']);
const key = {
  name: text,
  right,
  sites: texts,
  authority: optional(z.literal(true)),
  type: text,
  base64: text,
  comment: text,
  fingerprint: text,
};
const locks = z.array(
  z.strictObject({
    name: text,
    purpose: text,
    pid: count,
    host: text,
    since: time,
    heardOf: optional(time),
    condition: z.enum(['alive', 'silent', 'gone']),
  }),
);
const addedPlugin = z.strictObject({ package: text, version: text, from: text });
const seconds = z.strictObject({ answer: text, seconds: z.number() });
const instance = z.strictObject({
  pushUrl: text,
  httpUrl: text,
  ssh: z.strictObject({ port: count, user: text, identity: optional(text), knownHosts: text }),
  dockerHost: text,
  configFile: text,
  domainSuffix: text,
  consul: optional(text),
});

function moved<const Did extends string>(...did: readonly Did[]) {
  return z.strictObject({
    host: text,
    sites: z.array(z.strictObject({ site: text, did: z.enum(did) })),
    problems,
  });
}

export const installationSchemas = {
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
    fixed: optional(z.strictObject(convergence)),
  }),
  converge: z.strictObject(convergence),
  'error <code>': z.strictObject({
    code: text,
    means: text,
    message: text,
    hint: text,
    exit: count,
    guide: text,
  }),
  audit: z.strictObject({
    entries: z.array(
      z.strictObject({
        number: count,
        at: time,
        endedAt: optional(time),
        actor: text,
        fingerprint: optional(text),
        door: z.enum(['ssh', 'host']),
        command: text,
        sites: texts,
        what: texts,
        result: text,
        hash: text,
      }),
    ),
  }),
  'keys:add': z.strictObject(key),
  'keys:list': z.strictObject({ keys: z.array(z.strictObject({ ...key, addedAt: time, addedBy: text })) }),
  'keys:remove': z.strictObject({ name: text }),
  locks: z.strictObject({ locks }),
  unlock: z.strictObject({ freed: locks }),
  'secrets:rotate': z.strictObject({ key: text, sealed: count, left: texts }),
  plugins: z.strictObject({
    plugins: z.array(
      z.strictObject({
        name: text,
        version: optional(text),
        api: optional(text),
        hooks: texts,
        roles: texts,
        commands: texts,
        siteFile: optional(text),
        checks: texts,
        from: text,
      }),
    ),
  }),
  /** A JSON Schema. */
  'plugins --schema': z.looseObject({ $schema: text }),
  'plugins:add': addedPlugin,
  'plugins:remove': addedPlugin,
  'plugins:create': z.strictObject({ name: text, folder: text, files: texts }),
  'plugins:try': z.strictObject({ tried: count }),
  backup: z.strictObject({
    file: text,
    sites: texts,
    repositories: texts,
    keys: texts,
    images: flag,
    secrets: flag,
    entries: z.array(z.strictObject({ name: text, bytes: count, sha256: text })),
    damaged: texts,
  }),
  restore: z.strictObject({
    ...convergence,
    sites: z.array(
      z.strictObject({ site: text, did: z.enum(['restored', 'there']), release: optional(count) }),
    ),
    keys: texts,
  }),
  'store:copy': z.strictObject({
    written: count,
    deleted: count,
    registered: count,
    deregistered: count,
    left: texts,
    unusable: texts,
  }),
  migrate: z.strictObject({
    configuration: z.strictObject({ file: text, written: flag, text: optional(text) }),
    /** Rules as the configuration has them. */
    allow: z.array(
      z.strictObject({
        sites: text,
        mounts: texts,
        ports: z.array(count),
        links: texts,
        capabilities: texts,
        devices: texts,
        hostNetwork: flag,
      }),
    ),
    sites: z.array(
      z.strictObject({
        site: text,
        containers: texts,
        state: z.enum(['adopted', 'known', 'stored', 'failed']),
        error: optional(failure),
      }),
    ),
    left: z.array(z.strictObject({ container: text, because: text })),
    remarks: texts,
  }),
  'move:config': moved('stored there', 'has no settings'),
  'move:sites': moved(
    'moved',
    'moved, and stopped here',
    'is there already',
    'is there already, and stopped here',
  ),
  setup: z.strictObject({ steps: texts, done: flag, remarks: texts }),
  update: z.strictObject({ ...convergence, octohost: text, steps: texts }),
  version: z.strictObject({
    octohost: text,
    node: text,
    parts: z.array(
      z.union([z.strictObject({ name: text, version: text }), z.strictObject({ name: text, problem: text })]),
    ),
  }),
  completion: z.strictObject({ shell: text, script: text }),
  'dev:up': instance,
  'dev:down': z.strictObject({ dir: text }),
  'dev:demo': z.strictObject({ instance, first: seconds, second: seconds }),
};
