/** Sites: how they are, what is done with them. */
import * as z from 'zod/mini';
import {
  changed,
  count,
  deployed,
  flag,
  logged,
  optional,
  outcome,
  problems,
  specification,
  text,
  texts,
  time,
  unusable,
  warnings,
} from './shared.ts';

const siteStatus = {
  site: text,
  state: z.enum(['up', 'degraded', 'down', 'stopped', 'not deployed']),
  release: optional(count),
  running: count,
  wanted: count,
  urls: texts,
  changed: flag,
  unpublished: flag,
  unstable: flag,
  maintenance: flag,
  since: optional(time),
};
const event = z.strictObject({ number: count, at: time, site: optional(text), what: text });
const agent = z.strictObject({
  host: text,
  alive: flag,
  pid: optional(count),
  since: optional(time),
  out: z.array(z.strictObject({ service: text, site: text, why: text })),
  last: optional(event),
});
const attended = z.strictObject({ site: text, exitCode: count, stdout: text, stderr: text });
const maintenance = z.strictObject({ site: text, maintenance: flag, changed: flag });

export const siteSchemas = {
  sites: z.strictObject({ sites: texts }),
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
        addresses: texts,
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
  'logs --deploy': logged,
  events: z.strictObject({ events: z.array(event) }),
  explain: z.strictObject({ site: text, specification }),
  run: attended,
  exec: attended,
  scale: changed,
  start: changed,
  reload: changed,
  restart: deployed,
  clone: deployed,
  rename: z.strictObject({
    ...outcome,
    from: text,
    lost: texts,
    branch: optional(text),
    warnings,
  }),
  stop: z.strictObject({ site: text, state: z.literal('stopped') }),
  remove: z.strictObject({ site: text, removedVolumes: texts, keptVolumes: texts }),
  'maintenance:on': maintenance,
  'maintenance:off': maintenance,
};
