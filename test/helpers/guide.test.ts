import { describe, expect, it } from 'vitest';
import { guideSteps, missingIn } from './guide.ts';

it('a guide is its commands, with what they show', () => {
  const text =
    '# x\n\n```sh\na\nb\n```\n\nso\n\n```text\none\ntwo\n```\n\n```ts\nx\n```\n\n```sh fails\nc\n```\n';
  expect(guideSteps(text)).toEqual([
    { typed: 'a\nb\n', fails: false, shows: ['one', 'two'] },
    { typed: 'c\n', fails: true, shows: [] },
  ]);
});

describe('what an output has to show', () => {
  it.each([
    { output: 'one\nx\ntwo', shows: ['one', 'two'], missing: undefined },
    { output: 'two\none', shows: ['one', 'two'], missing: 'two' },
    { output: 'shop   OK  1/1', shows: ['shop … OK'], missing: undefined },
    { output: 'OK shop', shows: ['shop … OK'], missing: 'shop … OK' },
    { output: '', shows: [], missing: undefined },
  ])('$output shows $shows: missing $missing', ({ output, shows, missing }) => {
    expect(missingIn(output, shows)).toBe(missing);
  });
});
