/** The options of notify. */
import { isAbsolute } from 'node:path';
import * as z from 'zod/mini';

/** What can be told. `start-failed`: no new instance proved itself; `deploy-failed`: anything else went wrong. */
export const eventNames = ['start-failed', 'deploy-failed', 'cancelled', 'deployed'] as const;
export type EventName = (typeof eventNames)[number];

export interface NotifyOptions {
  /** What is told. @default ['start-failed', 'deploy-failed'] */
  events?: readonly EventName[];
  /** Seconds until a target that does not answer is given up; all are told at the same time. @default 10 */
  timeoutSeconds?: number;
  /** Mail by an SMTP server. */
  mail?: MailOptions;
  /** A JSON object is posted to an address of your own. */
  webhook?: WebhookOptions;
  /** A message for Slack, or for whatever takes the same: Mattermost, Rocket.Chat, Discord with `/slack`. */
  slack?: WebhookOptions;
}

export interface MailOptions {
  /** The server's name or address. */
  host: string;
  /** @default by `security`: 587, 465, 25 */
  port?: number;
  /** `none` only to this host, where a password goes with it. @default 'starttls' */
  security?: 'starttls' | 'tls' | 'none';
  from: string;
  to: string | readonly string[];
  /** Where the server asks for one. The password is OCTO_NOTIFY_MAIL_PASSWORD of the environment, or a file's. */
  username?: string;
  /** Absolute path of a file that holds the password alone. */
  passwordFile?: string;
}

/** An address has its token in itself: it is taken from the environment, or from a file. */
export interface WebhookOptions {
  /** Absolute path of a file that holds the address alone. @default OCTO_NOTIFY_WEBHOOK_URL, OCTO_NOTIFY_SLACK_URL */
  urlFile?: string;
}

const address = z.string().check(z.regex(/^[^\s<>@,;:"()]+@[^\s<>@,;:"()]+$/, 'is no mail address'));
const file = z.optional(z.string().check(z.refine(isAbsolute, 'is no absolute path')));
const webhook = z.optional(z.strictObject({ urlFile: file }));
const isThisHost = (host: string) => /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);

const mail = z
  .strictObject({
    host: z.string().check(z.regex(/^[A-Za-z0-9.:_-]+$/, 'is no name of a host')),
    port: z.optional(z.int().check(z.gte(1), z.lte(65_535))),
    security: z._default(z.enum(['starttls', 'tls', 'none']), 'starttls'),
    from: address,
    to: z.union([address, z.array(address).check(z.minLength(1))]),
    username: z.optional(z.string().check(z.minLength(1))),
    passwordFile: file,
  })
  .check(
    z.refine(
      ({ security, username, host }) => security !== 'none' || username === undefined || isThisHost(host),
      'would send the password in the clear: leave security out, or say "tls"',
    ),
  );

export const schema = z
  .strictObject({
    events: z._default(z.array(z.enum(eventNames)).check(z.minLength(1)), ['start-failed', 'deploy-failed']),
    timeoutSeconds: z._default(z.int().check(z.gte(1), z.lte(300)), 10),
    mail: z.optional(mail),
    webhook,
    slack: webhook,
  })
  .check(
    z.refine(
      ({ mail: server, webhook: hook, slack }) => (server ?? hook ?? slack) !== undefined,
      'name whom to tell: mail, webhook or slack',
    ),
  );

export type CheckedOptions = z.infer<typeof schema>;
export type CheckedMail = z.infer<typeof mail>;
