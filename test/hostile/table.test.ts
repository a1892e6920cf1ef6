/** The table of doors in SECURITY.md is whole: its files are there, and no door is without a row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { doors } from './doors/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const linksIn = (cell = '') => [...cell.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? '');
const namesIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

const table = read('SECURITY.md').split('## Every door')[1]?.split('\n## ')[0] ?? '';
const rows = table
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (?:door|---)/.test(line))
  .map((line) => line.split(' | '))
  .map(([door = '', reader, cases, made]) => ({ door: door.replace('| ', ''), reader, cases, made }));

it.each(rows)('$door has one place that reads it, a table of cases, and inputs made for it', (row) => {
  const [reader, ...more] = linksIn(row.reader);
  expect(more).toEqual([]);
  expect(read(reader ?? '').length).toBeGreaterThan(0);
  for (const file of linksIn(row.cases)) expect(read(file).includes('.each('), file).toBe(true);
  for (const file of linksIn(row.made)) expect(read(file).includes('fc.assert('), file).toBe(true);
  expect(namesIn(row.made).length).toBeGreaterThan(0);
});

it('names every door that is assaulted, once, and no other', () => {
  const named = rows.flatMap(({ made }) => namesIn(made));
  expect(named.toSorted()).toEqual(doors.map(({ name }) => name).toSorted());
});
