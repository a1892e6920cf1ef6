/** What a case did, as one compact block: each command, what git said, then refs and releases. Pure. */
import { stripVTControlCharacters } from 'node:util';
import type { Facts } from './agreement.ts';

export interface Said {
  readonly command: string;
  readonly code: number;
  /** Standard output and standard error. */
  readonly text: string;
}

const maxLines = 14;
const maxWidth = 130;
/** Progress of git's own, what a step printed, and empty lines. */
const noise =
  /^remote: {8}(?: |done in|\[\d)|^remote: *$|^(?:Enumerating|Counting|Delta|Compressing|Writing|Total|Receiving|Resolving)\b/;

/** @param touched the repositories that the case spoke to */
export function transcript(
  title: string,
  said: readonly Said[],
  facts: Facts,
  touched: ReadonlySet<string>,
): string {
  const lines = [
    ...said.flatMap(({ command, code, text }) => [`$ ${clip(command)} → ${code}`, ...shortened(text)]),
    ...[...touched].map((name) => `refs      ${name}.git: ${refsOf(facts.repositories[name])}`),
    ...sitesOf(facts, touched).map((site) => `releases  ${site}: ${releasesOf(facts, site)}`),
  ];
  return [`── ${title}`, ...lines.map((line) => `   ${line}`), ''].join('\n');
}

function shortened(text: string): string[] {
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => stripVTControlCharacters(line).trimEnd())
    .filter((line) => line !== '' && !noise.test(line));
  const shown =
    lines.length > maxLines
      ? [...lines.slice(0, 8), `… ${lines.length - 13} more`, ...lines.slice(-5)]
      : lines;
  return shown.map((line) => `  ${clip(line)}`);
}

const clip = (line: string) => (line.length > maxWidth ? `${line.slice(0, maxWidth - 1)}…` : line);

function refsOf(refs: Facts['repositories'][string] | undefined): string {
  if (!refs) return 'no such repository';
  return Object.entries(refs)
    .map(([ref, revision]) => `${ref.replace(/^refs\/(heads\/|octohost\/)?/, '')} ${revision.slice(0, 7)}`)
    .join(', ');
}

function sitesOf({ sites }: Facts, touched: ReadonlySet<string>): string[] {
  const names = [...touched];
  return Object.keys(sites).filter((site) =>
    names.some((name) => site === name || site.startsWith(`${name}-`)),
  );
}

function releasesOf({ sites }: Facts, site: string): string {
  const { state, current, releases } = sites[site] ?? { state: 'unknown', releases: [] };
  const listed = releases.map(
    ({ number, revision }) => `${number}${number === current ? '*' : ''} ${revision?.slice(0, 7) ?? '-'}`,
  );
  return `${listed.join(', ') || 'none'} (${state})`;
}
