/** The options of nginxRouter, checked when the plugin is made. */
import { isAbsolute } from 'node:path';
import * as z from 'zod/mini';
import { optionProblems } from '../../core/index.ts';
import { errors } from './errors.ts';

export interface NginxRouterOptions {
  /** Absolute folder of all of this nginx's files. @default `<dataDir>/nginx` */
  prefix?: string;
  /** Name or path of the program; /usr/sbin and /usr/local/sbin are searched too. @default 'nginx' */
  binary?: string;
  /** Seconds that answers in flight, WebSockets included, may go on after a change of routes. @default 60 */
  workerShutdownSeconds?: number;
  /** The largest request body: bytes, or with k, m, g; `'0'` is any. @default '1g' */
  maxBodySize?: string;
  /** Seconds without a byte until a connection is closed. @default 3600 */
  timeoutSeconds?: number;
  /** True: answers are taken as fast as instances give them, and kept for slow clients. @default false */
  buffering?: boolean;
  /** True: each client stays with one of a site's instances. @default true */
  sticky?: boolean;
  /** Whether answers are compressed. @default true */
  gzip?: boolean;
  /** The largest header line of a request, and all header lines of an answer together. @default '64k' */
  maxHeaderSize?: string;
  /** Absolute folder of your own templates, `<name>.mustache`. @default `<prefix>/templates` */
  templates?: string;
  /** The template of every site that does not name one (NGINX_ALT). @default the built-in one */
  siteTemplate?: string;
  /** Seconds until a change of routes that nginx does not confirm is taken back. @default 10 */
  confirmSeconds?: number;
  /** Number of nginx's workers. @default one for each core */
  workerProcesses?: number;
  /**
   * `auto`: instances change without a reload where nginx has its Lua module (libnginx-mod-http-lua). `reload`: never.
   * @default 'auto'
   */
  routeChange?: 'auto' | 'reload';
  /** False: somebody else starts nginx (a unit file); octohost only reloads it. @default true */
  start?: boolean;
}

/** No dot and no slash: a name never leads out of the folder. */
export const templateName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const size = /^[0-9]{1,9}[kKmMgG]?$/;
const seconds = (least: number, most: number) => `is no number of seconds from ${least} to ${most}`;
const wholeNumber = (most: number, text: string) => z.int(text).check(z.gte(1, text), z.lte(most, text));

const yesOrNo = z.boolean('is neither true nor false');
const sizeOf = (fallback: string) =>
  z._default(z.string('is no text').check(z.regex(size, `is no size like ${fallback}`)), fallback);
const folder = z.optional(z.string('is no text').check(z.refine(isAbsolute, 'is no absolute path')));

const schema = z.strictObject(
  {
    prefix: folder,
    templates: folder,
    siteTemplate: z.optional(
      z.string('is no text').check(z.regex(templateName, 'is not the name of a template')),
    ),
    binary: z._default(z.string('is no text').check(z.minLength(1, 'is empty')), 'nginx'),
    workerShutdownSeconds: z._default(wholeNumber(86_400, seconds(1, 86_400)), 60),
    maxBodySize: sizeOf('1g'),
    maxHeaderSize: sizeOf('64k'),
    timeoutSeconds: z._default(wholeNumber(86_400, seconds(1, 86_400)), 3600),
    buffering: z._default(yesOrNo, false),
    sticky: z._default(yesOrNo, true),
    gzip: z._default(yesOrNo, true),
    confirmSeconds: z._default(
      z.number(seconds(0, 600)).check(z.gt(0, seconds(0, 600)), z.lte(600, seconds(0, 600))),
      10,
    ),
    workerProcesses: z.optional(wholeNumber(1024, 'is no whole number from 1 to 1024')),
    routeChange: z._default(z.enum(['auto', 'reload'], "is neither 'auto' nor 'reload'"), 'auto'),
    start: z._default(yesOrNo, true),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `there is no ${issue.keys.join(', ')}` : undefined,
  },
);

export type CheckedOptions = z.infer<typeof schema>;

/** Throws E_NGINX_OPTIONS with all problems at once. */
export function checkOptions(options: NginxRouterOptions): CheckedOptions {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw errors.E_NGINX_OPTIONS({ problems: optionProblems(parsed.error) });
  return parsed.data;
}
