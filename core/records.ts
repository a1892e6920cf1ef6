/** The shapes of what octohost keeps in the store, checked whenever they are read: others can write there too. */
import * as z from 'zod/mini';
import { type AccessKey, accessKeySchema } from './access.ts';
import { type AgentEvents, type AgentRecord, agentSchemas } from './agent/shapes.ts';
import { domains } from './declared-shapes.ts';
import type { Domain, SiteName } from './grammar.ts';
import type {
  Actor,
  AdoptedVolume,
  ByHandService,
  Certificate,
  DeployId,
  Instance,
  Reason,
  Release,
  RouteOptions,
} from './release.ts';
import { instance, release, route } from './release-record.ts';
import { type DeployTrace, traceSchema } from './trace.ts';

/** Which release of a site is current. Moving it by compare-and-set is the one commit point of a deploy. */
export interface Pointer {
  readonly site: SiteName;
  readonly release: number;
  /** True after `octo stop`: nothing of the site is wanted, its domains answer 503. */
  readonly stopped: boolean;
  /** Repeated from the release, so that routes are made from pointers and the catalog alone. */
  readonly spec: string;
  readonly domains: readonly Domain[];
  readonly route?: RouteOptions;
}

/** Instances that serve no more: not routed, to be drained and stopped by whoever comes first. */
export interface Retiring {
  readonly site: SiteName;
  readonly instances: readonly Instance[];
}

/** Instances of a site that somebody else had started and that octohost took over. */
export interface Adopted {
  readonly site: SiteName;
  readonly instances: readonly Instance[];
}

/** Volumes that a site was taken over with; they outlive the containers that had them. */
export interface AdoptedVolumes {
  readonly site: SiteName;
  readonly volumes: readonly AdoptedVolume[];
}

/** Volumes are named after the site that they were made for, and cannot be given another name: so they go with a site under that one. */
export interface VolumeOwner {
  readonly site: SiteName;
  /** A name of the site, now or before; or one that no site can have, for volumes that begin anew. */
  readonly owner: string;
}

/** A site that has another name now, and of which something is left under this one. */
export interface Rename {
  readonly site: SiteName;
  readonly to: SiteName;
  /** The one that ended this name. */
  readonly deploy: DeployId;
}

/** The services that were given to a site by hand. What the catalog has of them follows this record. */
export interface ByHand {
  readonly site: SiteName;
  /** Sorted by id. */
  readonly services: readonly ByHandService[];
}

/** While it is there, the router answers for a site in the place of its instances. */
export interface Maintenance {
  readonly site: SiteName;
  /** ISO 8601. */
  readonly since: string;
  readonly actor: Actor;
}

/** Where a site's DOMAINS come from, beside the default domain and the repository's own. */
export interface DomainRecord {
  /** The DOMAINS value as octohost wrote it; another value there is somebody's wish. */
  readonly written: string;
  /** What `octo domains:set` asked for. */
  readonly set: readonly Domain[];
}

/** A host port of ours. Given to nobody else for an hour after it was freed. */
export interface PortReservation {
  readonly site: SiteName;
  readonly deploy: string;
  /** ISO 8601; absent while in use. */
  readonly freedAt?: string;
}

/** What the registry has of a site. */
export interface Publication {
  readonly release: number;
  /** By digest: `<registry>/<site>@sha256:…`. */
  readonly reference: string;
}

/** Who holds a lease, and its number, which only grows. */
export interface LeaseRecord {
  readonly number: number;
  readonly holder: LeaseHolder | null;
}

export interface LeaseHolder {
  /** Random; tells two holders of one process apart. */
  readonly owner: string;
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** For people: `deploy of app`. */
  readonly purpose: string;
}

/** One attempt to make a release current, while it runs and for some time after it. */
export interface DeployRecord {
  readonly site: SiteName;
  readonly deploy: DeployId;
  readonly reason: Reason;
  readonly actor: Actor;
  /** ISO 8601. */
  readonly since: string;
  /** `running` until the pointer has moved; what was cancelled before that never becomes current. */
  readonly phase: 'running' | 'current' | 'failed' | 'cancelled';
  /** The code of the error that it failed with; absent where it was none of octohost's own. */
  readonly error?: string;
  /** Who cancelled it. */
  readonly by?: Actor;
  readonly pid: number;
  readonly host: string;
}

/** How the instances of a release did in the half minute after its switch. */
export interface Stability {
  readonly site: SiteName;
  readonly release: number;
  /** Whose instances are meant: those that the release found running were watched before. */
  readonly deploy: DeployId;
  readonly spec: string;
  /** ISO 8601; the switch. */
  readonly since: string;
  /** `watched` until the time is over; `unstable` once one of them has ended by itself. */
  readonly phase: 'watched' | 'stable' | 'unstable';
}

/** What lies in the store, as a whole. */
export interface SchemaRecord {
  /** Counted from 1. */
  readonly version: number;
  /** The version of octohost that made it so. */
  readonly octohost: string;
}

const byHandService = z.object({
  kind: z.literal('by-hand'),
  id: z.string(),
  site: z.string(),
  address: z.string(),
  port: z.int(),
  tags: z.array(z.string()),
  check: z.optional(z.object({ http: z.string(), interval: z.string() })),
  actor: z.string(),
  since: z.string(),
});

const leaseHolder = z.object({
  owner: z.string(),
  pid: z.int(),
  host: z.string(),
  since: z.string(),
  purpose: z.string(),
});

const schemas = {
  ...agentSchemas,
  schema: z.object({ version: z.int().check(z.gte(1)), octohost: z.string() }),
  pointer: z.object({
    site: z.string(),
    release: z.int(),
    stopped: z.boolean(),
    spec: z.string(),
    domains,
    route: z.optional(route),
  }),
  certificate: z.object({ certificate: z.string(), key: z.string() }),
  retiring: z.object({ site: z.string(), instances: z.array(instance) }),
  adopted: z.object({ site: z.string(), instances: z.array(instance) }),
  adoptedVolumes: z.object({
    site: z.string(),
    volumes: z.array(z.object({ path: z.string(), name: z.string(), readOnly: z.optional(z.literal(true)) })),
  }),
  volumeOwner: z.object({ site: z.string(), owner: z.string() }),
  rename: z.object({ site: z.string(), to: z.string(), deploy: z.string() }),
  byHand: z.object({ site: z.string(), services: z.array(byHandService) }),
  maintenance: z.object({ site: z.string(), since: z.string(), actor: z.string() }),
  domains: z.object({ written: z.string(), set: domains }),
  port: z.object({ site: z.string(), deploy: z.string(), freedAt: z.optional(z.string()) }),
  publication: z.object({ release: z.int(), reference: z.string() }),
  lease: z.object({ number: z.int(), holder: z.nullable(leaseHolder) }),
  content: z.record(z.string(), z.string()),
  settingsJournal: z.record(z.string(), z.nullable(z.string())),
  release,
  deploy: z.object({
    site: z.string(),
    deploy: z.string(),
    reason: z.string(),
    actor: z.string(),
    since: z.string(),
    phase: z.enum(['running', 'current', 'failed', 'cancelled']),
    error: z.optional(z.string()),
    by: z.optional(z.string()),
    pid: z.int(),
    host: z.string(),
  }),
  accessKey: accessKeySchema,
  trace: traceSchema,
  stability: z.object({
    site: z.string(),
    release: z.int(),
    deploy: z.string(),
    spec: z.string(),
    since: z.iso.datetime(),
    phase: z.enum(['watched', 'stable', 'unstable']),
  }),
};

/** What each kind of record is. */
export interface Records {
  schema: SchemaRecord;
  agent: AgentRecord;
  agentEvents: AgentEvents;
  pointer: Pointer;
  certificate: Certificate;
  retiring: Retiring;
  adopted: Adopted;
  adoptedVolumes: AdoptedVolumes;
  volumeOwner: VolumeOwner;
  rename: Rename;
  byHand: ByHand;
  maintenance: Maintenance;
  domains: DomainRecord;
  port: PortReservation;
  publication: Publication;
  lease: LeaseRecord;
  content: Record<string, string>;
  settingsJournal: Record<string, string | null>;
  release: Release;
  deploy: DeployRecord;
  accessKey: AccessKey;
  trace: DeployTrace;
  stability: Stability;
}

export const recordKinds = Object.keys(schemas) as readonly RecordKind[];

/** What stands in the place of a record. A class, since a record of settings may have a name `problem` itself. */
export class Unreadable {
  readonly problem: string;

  constructor(problem: string) {
    this.problem = problem;
  }
}

export type RecordKind = keyof Records;

/** The record in a stored text, or what is wrong with it. Pure. */
export function readRecord<Kind extends RecordKind>(kind: Kind, text: string): Records[Kind] | Unreadable {
  try {
    return recordIn(kind, JSON.parse(text));
  } catch {
    return new Unreadable('it is not JSON');
  }
}

/** The record in a value from anywhere, or what is wrong with it. Pure. */
export function recordIn<Kind extends RecordKind>(kind: Kind, value: unknown): Records[Kind] | Unreadable {
  const parsed = schemas[kind].safeParse(value);
  if (parsed.success) return parsed.data as unknown as Records[Kind];
  return new Unreadable(
    parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
  );
}
