/** The options of dockerRuntime. */
import * as z from 'zod/mini';
import type { DockerHost } from '../shared/docker-host.ts';
import { hostOption } from '../shared/docker-options.ts';

export interface DockerRuntimeOptions {
  /** `unix:///path` or `tcp://host:port`. @default DOCKER_HOST, or `unix:///var/run/docker.sock` */
  host?: string;
  /** First part of the names of containers and volumes. @default 'octohost' */
  namePrefix?: string;
  /** Docker's log driver, of those whose files have a limit and can be read by `octo logs`. @default 'json-file' */
  logDriver?: 'json-file' | 'local';
  /** Size of one log file of a container: `10m`, `500k`, `1g`. @default '10m' */
  logMaxSize?: string;
  /** How many log files a container has; the oldest is overwritten. @default 3 */
  logMaxFiles?: number;
  /**
   * Memory of a container whose site says nothing (MEMORY_LIMIT), in 1024 × 1024 bytes.
   * @default half of what this host has, where the engine is on it; else no limit
   */
  memoryMegabytes?: number;
  /** Processors of a container whose site says nothing (OCTO_CPUS), 0.5 for half of one. @default shared out evenly */
  cpus?: number;
  /** The most processes and threads of a container whose site says nothing (OCTO_PROCESSES). @default 1024 */
  processes?: number;
  /** Linux capabilities of containers, without CAP_; all others are taken away. @default `capabilities` in options.ts */
  capabilities?: string[];
  /** True: programs of an image may give themselves more rights than whoever starts them (sudo). @default false */
  newPrivileges?: boolean;
}

/**
 * What programs need that begin as root and go on as somebody else: own files, change users, listen below 1024, end what
 * they started. Not in it, of what Docker gives: raw packets, devices, chroot, audit records, capabilities of files.
 */
export const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
];

export const schema = z.strictObject({
  host: hostOption,
  namePrefix: z._default(
    z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'is not lower-case letters, digits and -')),
    'octohost',
  ),
  logDriver: z._default(z.enum(['json-file', 'local']), 'json-file'),
  logMaxSize: z._default(
    z.string().check(z.regex(/^[1-9]\d{0,5}[kmg]$/, 'is no size like 10m, 500k or 1g')),
    '10m',
  ),
  logMaxFiles: z._default(z.int().check(z.gte(1), z.lte(100)), 3),
  memoryMegabytes: z.optional(z.int().check(z.gte(6), z.lte(1_000_000_000))),
  cpus: z.optional(z.number().check(z.gte(0.01), z.lte(1024))),
  processes: z._default(z.int().check(z.gte(16), z.lte(100_000)), 1024),
  capabilities: z._default(
    z.array(z.string().check(z.regex(/^(?!CAP_|ALL$)[A-Z][A-Z_]{1,30}$/, 'is no name like NET_RAW'))),
    capabilities,
  ),
  newPrivileges: z._default(z.boolean(), false),
});

/** Half of the host's, so that no single site takes what the others and the host need. @param total in bytes */
export function usualMemoryMegabytes(host: DockerHost, total: number): number | undefined {
  return host.kind === 'unix' ? Math.floor(total / 2 / 1024 / 1024) : undefined;
}

export type CheckedOptions = z.infer<typeof schema>;
