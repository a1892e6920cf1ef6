/** What an operation made current, for people and for machines. Pure. */
import type { Outcome, SiteName } from '../../core/index.ts';
import { shownUrl } from './domain.ts';
import { duration } from './text.ts';

/** What `--json` prints of an outcome. */
export interface OutcomeFacts {
  readonly site: SiteName;
  /** The number of the release that is current now. */
  readonly release: number;
  readonly urls: readonly string[];
  /** What ran, in order, with its wall time. */
  readonly steps: readonly { readonly step: string; readonly milliseconds: number }[];
  /** How many old instances were draining when the release became current. */
  readonly retiring: number;
}

export function outcomeFacts({ release, urls, steps, retiring }: Outcome): OutcomeFacts {
  return { site: release.site, release: release.number, urls, steps, retiring };
}

/** `build 4.2 s, start 1.0 s; 5.4 s in all`. */
export function stepTimes(steps: OutcomeFacts['steps']): string {
  const each = steps.map(({ step, milliseconds }) => `${step} ${duration(milliseconds)}`);
  const all = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [...(each.length > 0 ? [each.join(', ')] : []), `${duration(all)} in all`].join('; ');
}

/** Why a site has no address: nothing it EXPOSEs speaks HTTP, on purpose or not. */
export function noAddress(site: string): string {
  return `It has no address: it EXPOSEs no TCP port, or NO_HTTP_PROXY is on. To say which port answers: octo config:set ${site}/OCTO_PORT <port>`;
}

/** The release, where it answers, and what took how long. */
export function outcomeLines({ site, release, urls, steps }: OutcomeFacts): string[] {
  return [
    `Release ${release} of ${site} is current: ${stepTimes(steps)}.`,
    ...(urls.length > 0
      ? ['Your site is available at:', ...urls.map((url) => `  ${shownUrl(url)}`)]
      : [noAddress(site)]),
  ];
}
