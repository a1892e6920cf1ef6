/** The shapes of what an agent keeps in the store. */
import * as z from 'zod/mini';
import type { SiteName } from '../grammar.ts';

/** One thing that an agent saw or did. */
export interface AgentEvent {
  /** 1, 2, 3 …: whoever reads on knows what is new. */
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  /** Absent where it is about none in particular. */
  readonly site?: SiteName;
  readonly what: string;
}

/** A service that an agent keeps out of the routes. */
export interface LeftOut {
  readonly service: string;
  readonly site: SiteName;
  readonly why: string;
}

/** What the agent of a host knows. It counts as long as that agent holds its lease. */
export interface AgentRecord {
  readonly host: string;
  /** The routes revision that its router has applied. */
  readonly revision: number;
  /** Sorted by service. */
  readonly out: readonly LeftOut[];
  /** Ids of retiring instances that its router neither leads to nor still waits for, sorted. */
  readonly drained: readonly string[];
}

/** What the agent of a host saw and did last, oldest first. */
export interface AgentEvents {
  readonly events: readonly AgentEvent[];
}

const agentEvent = z.object({
  number: z.int(),
  at: z.iso.datetime(),
  site: z.optional(z.string()),
  what: z.string(),
});

export const agentSchemas = {
  agent: z.object({
    host: z.string(),
    revision: z.int(),
    out: z.array(z.object({ service: z.string(), site: z.string(), why: z.string() })),
    // One of before does not say.
    drained: z._default(z.array(z.string()), []),
  }),
  agentEvents: z.object({ events: z.array(agentEvent) }),
};
