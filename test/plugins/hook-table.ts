/** The table of all hooks for the plugin guide, from the code. Pure. */
import { type HookFacts, lifecycle, modifiers } from '../../core/index.ts';

const begin = /<!-- hooks: [^\n]* -->\n/;
const end = '<!-- /hooks -->';

/** The names of the hooks that a source taps. */
export function tapsIn(source: string): string[] {
  return [...source.matchAll(/\bhooks\.(\w+)\.tap\(/g)].map((match) => match[1] ?? '');
}

/** @param taps plugins by the hooks that they tap */
export function hookTable(taps: ReadonlyMap<string, readonly string[]>): string {
  const rows = (kind: string, hooks: Readonly<Record<string, HookFacts>>) =>
    Object.entries(hooks).map(([name, { when, payload, gate }]) => {
      const by = (taps.get(name) ?? []).join(', ') || 'none';
      return `| \`${name}\` | ${kind} | ${when} | \`${payload}\` | ${gate ? 'gate' : 'best effort'} | ${by} |`;
    });
  return [
    '| hook | kind | when | payload | a tap that fails | tapped here by |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows('lifecycle', lifecycle),
    ...rows('modifier', modifiers),
  ].join('\n');
}

/** The page with this table between its marks. */
export function withTable(page: string, table: string): string {
  const mark = begin.exec(page);
  const stop = page.indexOf(end);
  if (!mark || stop === -1) throw new Error('The page has no marks for the table of hooks.');
  return `${page.slice(0, mark.index)}${mark[0]}\n${table}\n\n${page.slice(stop)}`;
}
