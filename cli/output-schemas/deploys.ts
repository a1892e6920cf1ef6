/** Deploys and releases. */
import * as z from 'zod/mini';
import {
  changed,
  count,
  deployed,
  differing,
  flag,
  logged,
  optional,
  outcome,
  phase,
  text,
  texts,
  time,
} from './shared.ts';

const port = z.strictObject({ port: count, protocol: z.enum(['tcp', 'udp']) });
const named = { names: texts, ...differing };
const ended = z.strictObject({ ended: texts });
const deregistered = z.strictObject({ deregistered: texts });

const preview = z.strictObject({
  sites: z.array(
    z.union([
      z.strictObject({ site: text, stops: z.literal(true), instances: ended, services: deregistered }),
      z.strictObject({
        site: text,
        release: count,
        current: optional(count),
        takesFrom: optional(z.strictObject({ repository: text, ref: text })),
        builds: optional(text),
        task: optional(text),
        exposes: z.strictObject({ known: flag, ports: z.array(port) }),
        instances: z.strictObject({ count, kept: texts, started: count, ended: texts }),
        environment: z.strictObject(named),
        options: z.array(z.strictObject({ name: text, before: texts, after: texts })),
        services: z.strictObject({ registered: count, deregistered: texts }),
        domains: z.array(z.strictObject({ domain: text, origin: text })),
        gained: texts,
        lost: texts,
      }),
    ]),
  ),
  router: texts,
});

const span = { start: z.number(), milliseconds: z.number() };
const spans = z.array(
  z.union([
    z.strictObject({ kind: z.literal('step'), step: text, ...span, result: z.enum(['ok', 'failed']) }),
    z.strictObject({
      kind: z.literal('tap'),
      hook: text,
      plugin: text,
      tap: text,
      step: optional(text),
      ...span,
      calls: count,
      slowest: z.number(),
      result: z.enum(['ok', 'failed', 'timeout', 'aborted']),
      problem: optional(text),
      usual: optional(z.number()),
    }),
  ]),
);

export const deploySchemas = {
  deploy: deployed,
  'deploy --dry-run': preview,
  plan: preview,
  deploys: z.strictObject({
    site: text,
    deploys: z.array(
      z.strictObject({
        site: text,
        deploy: text,
        reason: text,
        actor: text,
        since: time,
        phase,
        by: optional(text),
        error: optional(text),
        pid: count,
        host: text,
        alive: flag,
      }),
    ),
  }),
  attach: logged,
  cancel: z.strictObject({ site: text, deploy: text, phase: z.literal('cancelled') }),
  trace: z.strictObject({
    site: text,
    deploy: text,
    phase,
    began: time,
    milliseconds: z.number(),
    spans,
    left: optional(count),
  }),
  rollback: changed,
  /** The records as they are kept; only what scripts go by is named here. */
  releases: z.strictObject({
    site: text,
    current: z.nullable(count),
    releases: z.array(
      z.looseObject({
        site: text,
        number: count,
        deploy: text,
        reason: text,
        actor: text,
        createdAt: time,
        revision: optional(text),
        message: optional(text),
        image: z.looseObject({ id: text }),
        count,
        domains: texts,
        current: flag,
        unpublished: flag,
        unstable: flag,
        gone: flag,
      }),
    ),
  }),
  'releases:diff': z.strictObject({
    site: text,
    from: count,
    to: count,
    facts: z.array(
      z.strictObject({ name: text, before: optional(z.unknown()), after: optional(z.unknown()) }),
    ),
    settings: optional(z.strictObject(differing)),
  }),
  clean: z.strictObject({
    sites: z.array(
      z.strictObject({
        site: text,
        images: z.array(z.strictObject({ id: text, tag: text, site: text })),
        contents: texts,
        releases: z.array(count),
      }),
    ),
    freed: flag,
  }),
  push: z.strictObject({ site: text, release: count, reference: text }),
  pull: z.strictObject({ site: text, reference: text, deployed: optional(z.strictObject(outcome)) }),
  'retire:finish': z.strictObject({ sites: texts }),
};
