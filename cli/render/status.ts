/** A site's status in words. Pure. */
import type { SiteStatus } from '../../core/index.ts';
import { shownUrl } from './domain.ts';
import type { Style } from './style.ts';
import { facts } from './table.ts';
import { moment } from './text.ts';

export const statusTitles = ['SITE', 'STATE', 'INSTANCES', 'RELEASE', 'URL'] as const;

/** As the original said it; what it had no word for is said as it is. */
const originalWords: Partial<Record<SiteStatus['state'], string>> = { up: 'OK', down: 'DOWN' };

function shownState(state: SiteStatus['state']): string {
  return originalWords[state] ?? state;
}

/** All sites in one line: what is not OK is named. A site that was stopped is as it should be. */
export function statusSummary(sites: readonly Pick<SiteStatus, 'site' | 'state'>[]): string {
  const wrong = ['down', 'degraded'] as const;
  const named = wrong.flatMap((state) => {
    const names = sites.filter((one) => one.state === state).map(({ site }) => site);
    return names.length > 0 ? [`${shownState(state)}: ${names.join(', ')}`] : [];
  });
  const good = sites.filter(({ state }) => state === 'up').length;
  return [`${good} of ${sites.length} OK`, ...named].join('; ');
}

/** The cells of one site in the table of all; without colours, which would disturb the columns. */
export function statusRow({ site, state, running, wanted, release, urls, ...more }: SiteStatus): string[] {
  const notes = notesOf({ site, release, ...more });
  const shown = more.maintenance ? 'maintenance' : shownState(state);
  return [
    site,
    notes.length > 0 ? `${shown} *` : shown,
    `${running}/${wanted}`,
    release === undefined ? '-' : String(release),
    urls[0] ?? '-',
  ];
}

/** One site in full. */
export function statusFacts(status: SiteStatus, style: Style): string[] {
  const { site, state, running, wanted, release, urls, since } = status;
  const paint = state === 'up' ? style.green : state === 'degraded' ? style.yellow : style.red;
  return facts([
    ['site', style.bold(site)],
    ['state', paint(shownState(state))],
    ['instances', `${running} of ${wanted}`],
    ...(release === undefined ? [] : [['release', String(release)] as const]),
    ...(since === undefined ? [] : [['since', `${moment(since)} UTC`] as const]),
    ...urls.map((url, index) => [index === 0 ? 'urls' : '', shownUrl(url)] as const),
    ...notesOf(status).map((note) => ['note', note] as const),
  ]);
}

function notesOf({
  site,
  release,
  changed,
  unpublished,
  unstable,
  maintenance,
}: Pick<SiteStatus, 'site' | 'changed' | 'unpublished' | 'unstable' | 'maintenance'> & {
  release?: number | undefined;
}): string[] {
  return [
    ...(maintenance
      ? [`in maintenance: the router answers with 503; octo maintenance:off ${site} ends it`]
      : []),
    ...(unstable
      ? [`unstable: an instance ended by itself soon after the switch; octo logs ${site} may say why`]
      : []),
    ...(changed ? [`settings were changed since release ${release}; octo reload takes them`] : []),
    ...(unpublished ? ['current, not published; octo converge tries again'] : []),
  ];
}
