/** The options of consul, checked when the plugin is made. */
import { isAbsolute } from 'node:path';
import * as z from 'zod/mini';
import { optionProblems } from '../../core/index.ts';
import { errors } from './errors.ts';

export interface ConsulOptions {
  /** The agent's HTTP API, without a path; best the agent of this host. @default 'http://127.0.0.1:8500' */
  address?: string;
  /** Other agents that services of this installation were registered at: nobody else is ever given the token. @default none */
  agents?: string[];
  /** The ACL token. Left out: tokenFile, else OCTO_CONSUL_TOKEN of the environment, else none. */
  token?: string;
  /** Absolute path of a file that holds the token alone. */
  tokenFile?: string;
  /** Settings are below `<prefix>/`, everything else below `<prefix>-state/`. @default 'octohost' */
  prefix?: string;
  /** @default the agent's own */
  datacenter?: string;
  /** Absolute paths of PEM files, for an address of https. */
  tls?: { ca?: string; certificate?: string; key?: string };
  /** How long one request may take, in seconds. @default 5 */
  requestSeconds?: number;
  /** How long a Consul that is down, or without a leader, is asked again, in seconds. @default 10 */
  patienceSeconds?: number;
}

const address = z.string().check(z.refine(isAgentAddress, 'is no http://host:port or https://host:port'));
const path = z.string().check(z.refine(isAbsolute, 'is no absolute path'));
const seconds = (most: number) => z.number().check(z.gte(0.1), z.lte(most));

const schema = z.strictObject({
  address: z._default(address, 'http://127.0.0.1:8500'),
  agents: z._default(z.array(address), []),
  token: z.optional(z.string().check(z.regex(/^[\x21-\x7e]+$/, 'is no token'))),
  tokenFile: z.optional(path),
  prefix: z._default(
    z.string().check(z.regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'is no path of plain names')),
    'octohost',
  ),
  datacenter: z.optional(z.string().check(z.regex(/^[A-Za-z0-9_-]+$/, 'is no name of a datacenter'))),
  tls: z.optional(
    z.strictObject({ ca: z.optional(path), certificate: z.optional(path), key: z.optional(path) }),
  ),
  requestSeconds: z._default(seconds(60), 5),
  patienceSeconds: z._default(seconds(600), 10),
});

export type CheckedOptions = z.infer<typeof schema>;

/** Throws E_CONSUL_OPTIONS with all problems at once; a value is in none, for it may be the token. */
export function checkOptions(options: ConsulOptions): CheckedOptions {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw errors.E_CONSUL_OPTIONS({ problems: optionProblems(parsed.error) });
  return parsed.data;
}

function isAgentAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
