/** The options of dockerRuntime. */
import * as z from 'zod/mini';
import { hostOption } from '../shared/docker-options.ts';

export interface DockerRuntimeOptions {
  /** `unix:///path` or `tcp://host:port`. @default DOCKER_HOST, or `unix:///var/run/docker.sock` */
  host?: string;
  /** First part of the names of containers and volumes. @default 'octohost' */
  namePrefix?: string;
  /** Size of one log file of a container, of which there are three: `10m`, `500k`, `1g`. @default '10m' */
  logMaxSize?: string;
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
  logMaxSize: z._default(
    z.string().check(z.regex(/^[1-9]\d{0,5}[kmg]$/, 'is no size like 10m, 500k or 1g')),
    '10m',
  ),
  processes: z._default(z.int().check(z.gte(16), z.lte(100_000)), 1024),
  capabilities: z._default(
    z.array(z.string().check(z.regex(/^(?!CAP_|ALL$)[A-Z][A-Z_]{1,30}$/, 'is no name like NET_RAW'))),
    capabilities,
  ),
  newPrivileges: z._default(z.boolean(), false),
});

export type CheckedOptions = z.infer<typeof schema>;
