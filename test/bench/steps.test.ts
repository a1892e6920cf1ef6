import { expect, it } from 'vitest';
import { spentOf } from './steps.ts';

it('what is no step is before the first one, or between them', () => {
  const spans = [
    { kind: 'tap', start: 30, milliseconds: 5 },
    { kind: 'step', step: 'build', start: 20, milliseconds: 100 },
    { kind: 'step', step: 'apply', start: 130, milliseconds: 70 },
  ];
  expect(spentOf({ spans }, 500)).toEqual({ before: 320, build: 100, apply: 70, between: 10 });
});
