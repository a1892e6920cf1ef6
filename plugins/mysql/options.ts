/** The options of mysql. */
import { isAbsolute } from 'node:path';
import * as z from 'zod/mini';

export interface MysqlOptions {
  /** Name or address of the server. */
  host: string;
  /** @default 3306 */
  port?: number;
  /** Who makes databases and users. The password is OCTO_MYSQL_PASSWORD of the environment, or a file's. @default 'octohost' */
  username?: string;
  /** Absolute path of a file that holds the password alone. */
  passwordFile?: string;
  /** Passwords go to the server in SQL, so by TLS. @default true, but for this host */
  tls?: boolean;
  /** The name or address by which instances reach the server. @default `host` */
  hostname?: string;
  /** From which addresses sites may log in, as MariaDB writes it: `172.17.%`. @default '%' */
  clients?: string;
}

const host = z.string().check(z.regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'is no name or address of a host'));

export const schema = z
  .strictObject({
    host,
    port: z._default(z.int().check(z.gte(1), z.lte(65_535)), 3306),
    username: z._default(z.string().check(z.regex(/^[\w.@-]{1,80}$/, 'is no name of a user')), 'octohost'),
    passwordFile: z.optional(z.string().check(z.refine(isAbsolute, 'is no absolute path'))),
    tls: z.optional(z.boolean()),
    hostname: z.optional(host),
    clients: z._default(
      z.string().check(z.regex(/^[A-Za-z0-9.:%_/-]{1,255}$/, 'is no pattern of hosts')),
      '%',
    ),
  })
  .check(
    z.refine(
      (options) => !isThisHost(options.host) || options.hostname !== undefined,
      'hostname is missing: an instance does not reach the loopback address of its host',
    ),
  );

export type CheckedOptions = z.infer<typeof schema>;

export function isThisHost(name: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(name);
}
