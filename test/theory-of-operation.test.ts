/** The owner's document is kept whole: each of its sentences is the name of one end-to-end test, in its order. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** Sentences of the numbered list, without their links. */
function sentencesOf(markdown: string): string[] {
  const items = markdown.split('\n').filter((line) => line.startsWith('1. '));
  return items.flatMap((item) =>
    item
      .slice('1. '.length)
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .split(/(?<=\.\)?) (?=[(A-Z])/),
  );
}

/** Names of tests that run: not those that are skipped or only planned. */
function testNames(source: string): string[] {
  const names = source.matchAll(/^\s*it\(\s*(['"])(.*)\1,/gm);
  return [...names].map(([, , name = '']) => name.replaceAll(/\\(.)/g, '$1'));
}

it('finds sentences behind links, in brackets, and beside dots that end none', () => {
  const text = '## Title\n\n1. The [one](https://x/a.b) at a.b. Then:\n\n1. [Two](y). (It is `c. d`.) Three';
  expect(sentencesOf(text)).toEqual(['The one at a.b.', 'Then:', 'Two.', '(It is `c. d`.)', 'Three']);
});

it('every sentence of the seed is the name of a test, from top to bottom', () => {
  const sentences = sentencesOf(read('fixtures/theory-of-operation.md'));
  expect(sentences).toHaveLength(32);
  expect(testNames(read('e2e/theory-of-operation.test.ts'))).toEqual(sentences);
});
