/** A case of the corpus: what was pushed to the original, and what it did. */
import * as z from 'zod/mini';

const schema = z.object({
  meta: z.optional(z.object({})),
  cases: z.array(
    z.object({
      id: z.string(),
      /** First argument of the receiver: `app.git`. */
      repo: z.string(),
      branch: z.string(),
      /** The site that the original derives. */
      base: z.string(),
      dockerfile: z.nullable(z.string()),
      cname: z.nullable(z.string()),
      kv: z.record(z.string(), z.string()),
      docker_run_argv: z.nullable(z.array(z.string())),
      xargs_error: z.nullable(z.string()),
      containers_started: z.number(),
      service_payloads: z.nullable(z.array(z.string())),
      payload_valid_json: z.nullable(z.array(z.boolean())),
      domains: z.nullable(z.string()),
    }),
  ),
});

export type Case = z.infer<typeof schema>['cases'][number];

/** @throws where the text is not of that format */
export function readCases(text: string): readonly Case[] {
  return schema.parse(JSON.parse(text)).cases;
}

/** The domain suffix that the original was recorded with. */
export const suffix = 'octo.test';

/** What a push means, however it is written. */
export interface Meaning {
  readonly site: string;
  readonly name: string;
  readonly hostname: string;
  /** `site:alias` */
  readonly links: readonly string[];
  readonly 'volumes from': readonly string[];
  readonly mounts: readonly string[];
  /** `address:port:port/protocol` */
  readonly 'host ports': readonly string[];
  /** Addresses at which all that is exposed can be reached for the router's sake. */
  readonly published: readonly string[];
  readonly memory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** How many containers run. */
  readonly containers: number;
  /** One text for each service: where it leads, tags, check. */
  readonly services: readonly string[];
  readonly domains: readonly string[];
}

export type Field = keyof Meaning;
