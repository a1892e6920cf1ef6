/** What a sequence of answers comes to; times are told, nothing waits. */
import { describe, expect, it } from 'vitest';
import type { Check } from '../../../core/checks/choose.ts';
import { type Answer, atFirst, judge, type Progress, type Verdict } from '../../../core/checks/judge.ts';
import type { CheckOptions } from '../../../core/release.ts';
import type { InstanceState } from '../../../core/roles.ts';

const http: Check = { kind: 'http', port: 80, path: '/' };
const running = (process = 'a'): InstanceState => ({
  running: true,
  startedAt: process,
  restarts: 0,
  kept: false,
});
const ended = (exitCode: number): InstanceState => ({ ...running(), running: false, exitCode });
const good: Answer = { is: 'good', text: 'answered 200' };
const wrong: Answer = { is: 'wrong', text: 'answered 500' };
const none: Answer = { is: 'none', text: 'connection refused' };
const impossible: Answer = { is: 'impossible', text: 'no HEALTHCHECK' };

type Step = readonly [atMs: number, answer: Answer | undefined, state?: InstanceState | undefined];

/** The verdict after each of the looks. */
function verdicts(steps: readonly Step[], options: Partial<CheckOptions> = {}, check = http): Verdict[] {
  let progress: Progress = atFirst;
  return steps.map(([atMs, answer, state = running()]) => {
    const judged = judge(check, { timeoutSeconds: 60, ...options }, progress, { atMs, answer, state });
    progress = judged.progress;
    return judged.verdict;
  });
}
const last = (...parameters: Parameters<typeof verdicts>) => verdicts(...parameters).at(-1)?.is;

describe('two good answers of one process', () => {
  it.each<{ what: string; steps: Step[]; is: Verdict['is'] }>([
    { what: 'one is not enough', steps: [[0, good]], is: 'again' },
    {
      what: 'two at once neither',
      steps: [
        [0, good],
        [24, good],
      ],
      is: 'again',
    },
    {
      what: '25 ms apart prove it',
      steps: [
        [0, good],
        [25, good],
      ],
      is: 'proven',
    },
    {
      what: 'not with silence between them',
      steps: [
        [0, good],
        [100, none],
        [200, good],
      ],
      is: 'again',
    },
    {
      what: 'nor with a wrong one',
      steps: [
        [0, good],
        [100, wrong],
        [200, good],
      ],
      is: 'again',
    },
    {
      what: 'nor of two processes',
      steps: [
        [0, good],
        [100, good, running('b')],
      ],
      is: 'again',
    },
    {
      what: 'of the second process they do',
      steps: [
        [0, good],
        [100, good, running('b')],
        [200, good, running('b')],
      ],
      is: 'proven',
    },
    {
      what: 'the second may come after the time',
      steps: [
        [59_990, good],
        [60_090, good],
      ],
      is: 'proven',
    },
    {
      what: 'and has to',
      steps: [
        [59_990, good],
        [60_090, none],
      ],
      is: 'silent',
    },
  ])('$what', ({ steps, is }) => {
    expect(last(steps)).toBe(is);
  });
});

describe('an instance that fails', () => {
  it.each<{ what: string; steps: Step[]; options?: Partial<CheckOptions>; is: Verdict['is'] }>([
    { what: 'that ended is dead at once', steps: [[10, none, ended(1)]], is: 'dead' },
    {
      what: 'also with a good answer on its lips',
      steps: [
        [0, good],
        [100, good, ended(0)],
      ],
      is: 'dead',
    },
    {
      what: 'silent until the time is over',
      steps: [
        [0, none],
        [60_000, none],
      ],
      is: 'silent',
    },
    {
      what: 'asked on before that',
      steps: [
        [0, none],
        [59_999, none],
      ],
      is: 'again',
    },
    {
      what: 'wrong until the time is over',
      steps: [
        [0, none],
        [60_000, wrong],
      ],
      is: 'wrong',
    },
    { what: 'wrong once is asked again', steps: [[0, wrong]], is: 'again' },
    { what: 'not where no retries are wanted', steps: [[0, wrong]], options: { retries: 0 }, is: 'wrong' },
    {
      what: 'as often in a row as retries say',
      steps: [
        [0, wrong],
        [50, wrong],
      ],
      options: { retries: 2 },
      is: 'again',
    },
    {
      what: 'and no more',
      steps: [
        [0, wrong],
        [50, wrong],
        [100, wrong],
      ],
      options: { retries: 2 },
      is: 'wrong',
    },
    {
      what: 'in a row',
      steps: [
        [0, wrong],
        [50, none],
        [100, wrong],
      ],
      options: { retries: 1 },
      is: 'again',
    },
    {
      what: 'silence is no retry',
      steps: [
        [0, none],
        [50, none],
      ],
      options: { retries: 0 },
      is: 'again',
    },
    { what: 'what cannot be asked is no matter of time', steps: [[0, impossible]], is: 'impossible' },
  ])('$what', ({ steps, options = {}, is }) => {
    expect(last(steps, options)).toBe(is);
  });

  it('is dead where it was removed', () => {
    const look = { atMs: 0, answer: none, state: undefined };
    expect(judge(http, { timeoutSeconds: 60 }, atFirst, look).verdict).toEqual({ is: 'dead' });
  });
});

it.each<{ what: string; step: Step; options?: Partial<CheckOptions>; check?: Check; waitMs: number }>([
  { what: 'soon at first', step: [0, none], waitMs: 50 },
  { what: 'less often later', step: [3_000, none], waitMs: 250 },
  {
    what: 'a command once a second',
    step: [0, wrong],
    check: { kind: 'command', command: ['x'] },
    waitMs: 1_000,
  },
  { what: 'as the interval says', step: [0, none], options: { intervalSeconds: 7 }, waitMs: 7_000 },
  { what: 'once more at the end', step: [58_000, none], options: { intervalSeconds: 7 }, waitMs: 2_000 },
  { what: 'soon after a good answer', step: [0, good], options: { intervalSeconds: 7 }, waitMs: 25 },
])('it is asked again $what', ({ step, options = {}, check = http, waitMs }) => {
  expect(verdicts([step], options, check)).toEqual([{ is: 'again', waitMs }]);
});

describe('where nothing is asked', () => {
  const may: Check = { kind: 'up', mayEnd: true };
  const mayNot: Check = { kind: 'up', mayEnd: false };
  it.each<{ what: string; check: Check; step: Step; is: Verdict['is'] }>([
    { what: 'it has to stay up', check: may, step: [4_999, undefined], is: 'again' },
    { what: 'for five seconds', check: may, step: [5_000, undefined], is: 'proven' },
    { what: 'or ends with 0', check: may, step: [0, undefined, ended(0)], is: 'proven' },
    { what: 'and with nothing else', check: may, step: [0, undefined, ended(1)], is: 'dead' },
    { what: 'where it may', check: mayNot, step: [0, undefined, ended(0)], is: 'dead' },
  ])('$what, whatever the limit', ({ check, step, is }) => {
    expect(last([step], { timeoutSeconds: 1 }, check)).toBe(is);
  });
});
