/** The original's bugs stay dead: each has an end-to-end test that is named after it. */
import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('each of the 17 bugs of the original is the name of a test', () => {
  const files = globSync('parity/*.parity.test.ts', { cwd: import.meta.dirname });
  const names = files.flatMap((file) => {
    const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    return [...source.matchAll(/^describe\(\s*(["'])bug (\d+): \S/gm)].map(([, , number]) => Number(number));
  });
  expect(names.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
});
