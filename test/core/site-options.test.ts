/** The table of options: each line holds what every reader of it takes for granted, and the guide tells it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseSettingKey } from '../../core/grammar.ts';
import { type Option, settingProblem, siteOptions } from '../../core/site-options.ts';

const all = Object.entries(siteOptions) as [string, Option][];
const root = join(import.meta.dirname, '..', '..');

it.each(all)('%s has a name of its own, a sentence and values', (name, { key, places, says, unset }) => {
  expect(parseSettingKey(name)).toBe(name);
  expect(says).toMatch(/^[A-Z].*\.$/);
  expect(key === undefined).toBe(places.length === 0);
  if (key !== undefined) expect(key).toMatch(/^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)?$/);
  if (unset !== undefined) expect(settingProblem(name, unset)).toBeUndefined();
});

it('no key of the file is there twice, or within another one', () => {
  const keys = all.flatMap(([, { key }]) => key ?? []);
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  expect(keys.filter((key) => keys.some((other) => other.startsWith(`${key}.`)))).toEqual([]);
});

it.each(all)('%s stands in the guide, with its key and its places', (name, { key, places }) => {
  const guide = readFileSync(join(root, 'cli', 'README.md'), 'utf8');
  const where = places.length === 2 ? `\`${key}\`` : places.length === 0 ? '–' : `\`${key}\` (${places[0]})`;
  expect(guide).toContain(`\n| \`${name}\` | ${where} | `);
});
