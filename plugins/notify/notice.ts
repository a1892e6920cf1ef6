/** What is told of a deploy, taken from what its hooks say. Pure. */
import { type Failed, isOctohostError, messageOf, type Settled, type SettledCurrent } from 'octohost';
import type { EventName } from './options.ts';

export interface Notice {
  readonly event: EventName | 'test';
  /** The machine that says it. */
  readonly host: string;
  readonly site: string;
  readonly actor: string;
  readonly deploy?: string;
  readonly reason?: string;
  readonly revision?: string;
  /** The release that serves now. */
  readonly release?: number;
  readonly urls?: readonly string[];
  readonly error?: {
    readonly code?: string;
    readonly message: string;
    readonly step?: string;
    /** Of a push to several sites: the one that failed, where it is another. */
    readonly site?: string;
    readonly hint?: string;
    /** The last lines of a log, oldest first. */
    readonly details: readonly string[];
  };
  /** What to type next. */
  readonly command: string;
}

/** Somebody wanted these. */
const wanted = ['E_CANCELLED', 'E_ABORTED'];

export function failureNotice(failed: Failed, host: string): Notice {
  const { error } = failed;
  const known = isOctohostError(error) ? error : undefined;
  const { code, step, site, hint } = known ?? {};
  return {
    event: wanted.includes(code ?? '') ? 'cancelled' : step === 'start' ? 'start-failed' : 'deploy-failed',
    ...factsOf(failed, host),
    ...(failed.previous ? { release: failed.previous.number } : {}),
    error: {
      ...given({ code, step, hint }),
      message: messageOf(error),
      ...(site === undefined || site === failed.site ? {} : { site }),
      details: known?.details ?? [],
    },
    command: `octo attach ${failed.deploy}`,
  };
}

export function deployedNotice(settled: SettledCurrent, host: string): Notice {
  return {
    event: 'deployed',
    ...factsOf(settled, host),
    release: settled.release.number,
    ...(settled.urls.length > 0 ? { urls: settled.urls } : {}),
    command: `octo status ${settled.site}`,
  };
}

export function testNotice(actor: string, host: string): Notice {
  return { event: 'test', host, site: 'none', actor, command: 'octo status' };
}

function factsOf({ site, actor, deploy, reason, revision }: Failed | Settled, host: string) {
  return { host, site, actor, deploy, reason, ...given({ revision }) };
}

function given<Values extends Readonly<Record<string, string | undefined>>>(
  values: Values,
): { [Key in keyof Values]?: string } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Values]?: string };
}
