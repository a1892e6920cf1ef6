/** A notice in words: for a mail, for Slack, and as JSON. Pure. */
import type { Notice } from './notice.ts';

const headlines: Readonly<Record<Notice['event'], string>> = {
  'start-failed': 'the start failed',
  'deploy-failed': 'the deploy failed',
  cancelled: 'the deploy was cancelled',
  deployed: 'deployed',
  test: 'this is a test of notify',
};

export function subjectOf({ event, host, site, error }: Notice): string {
  const about = event === 'test' ? '' : `${site}: `;
  const code = error?.code ? ` (${error.code})` : '';
  return plain(`[octohost ${host}] ${about}${headlines[event]}${code}`);
}

/** The text of a mail. */
export function textOf(notice: Notice): string {
  const { error } = notice;
  const story = error ? [plain(error.message), ...error.details.map((line) => `    ${plain(line)}`), ''] : [];
  const rows = factsOf(notice).map(([name, value]) => `${`${name}:`.padEnd(10)} ${plain(value)}`);
  return [headlineOf(notice), '', ...story, ...rows, ''].join('\n');
}

/** Slack folds what is much longer; the mail and `octo attach` have all of it. */
const slackPart = 1500;

/** The body of an incoming webhook. Nothing in it can mention people or channels, or stand as a link of its own words. */
export function slackBody(notice: Notice): { text: string } {
  const { error } = notice;
  const lines = (error?.details ?? []).map((line) => plain(line).replaceAll('`', "'")).join('\n');
  const block = lines === '' ? [] : [`\`\`\`${escaped(lines.slice(-slackPart))}\`\`\``];
  const said = error ? [clipped(error.message)] : [];
  const rows = factsOf(notice).map(([name, value]) => `${name}: ${clipped(value)}`);
  return { text: [`*${clipped(headlineOf(notice))}*`, ...said, ...rows, ...block].join('\n') };
}

function clipped(text: string): string {
  return escaped(plain(text).slice(0, slackPart));
}

/** The body for a webhook: the notice itself. */
export function webhookBody(notice: Notice): Notice & { readonly headline: string } {
  return { headline: headlineOf(notice), ...notice };
}

function headlineOf({ event, site, host }: Notice): string {
  return plain(event === 'test' ? `${headlines.test} on ${host}` : `${site} on ${host}: ${headlines[event]}`);
}

function factsOf(notice: Notice): [string, string][] {
  const { event, error, release, urls } = notice;
  const serving = release === undefined ? 'none serves' : `${release} ${error ? 'serves on' : 'serves'}`;
  const rows: [string, string | undefined][] = [
    ['Site', event === 'test' ? undefined : notice.site],
    ['Release', error || release !== undefined ? serving : undefined],
    ['Who', notice.actor],
    ['Why', notice.reason],
    ['Revision', notice.revision],
    ['Deploy', notice.deploy],
    ['Error', error?.code],
    ['Step', error?.step],
    ['Because of', error?.site],
    ['Answers at', urls?.join(' ')],
    ['Try', error?.hint],
    ['Next', notice.command],
  ];
  return rows.filter((row): row is [string, string] => row[1] !== undefined);
}

/** One line without control characters: a log may have any. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/** The three characters that mean something to Slack. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
