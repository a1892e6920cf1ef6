import { describe, expect, it } from 'vitest';
import { isAlive, parseProcessStat } from '../../../cli/dev/process-stat.ts';

/** A stat line: pid, name, state, 18 numbers of no interest, the start time, and what follows it. */
function statLine(name: string, state: string, startTime: number): string {
  return `4242 (${name}) ${state} ${'7 '.repeat(18)}${startTime} 99 98 97\n`;
}

describe('parseProcessStat', () => {
  it.each([
    { name: 'node' },
    { name: 'tmux: server' },
    { name: 'a) S 1 2 3 (b' },
    { name: ')' },
    { name: '((sd-pam))' },
  ])('finds state and start time after the name "$name"', ({ name }) => {
    expect(parseProcessStat(statLine(name, 'S', 123456))).toEqual({ state: 'S', startTime: 123456 });
  });

  it.each([{ text: '' }, { text: 'not a stat line' }, { text: '1 (init) S 1 2' }])(
    'knows that "$text" is none',
    ({ text }) => {
      expect(parseProcessStat(text)).toBeUndefined();
    },
  );
});

describe('isAlive', () => {
  it.each([
    { state: 'R', alive: true },
    { state: 'S', alive: true },
    { state: 'D', alive: true },
    { state: 'T', alive: true },
    { state: 'Z', alive: false },
    { state: 'X', alive: false },
  ])('says $alive for state $state', ({ state, alive }) => {
    expect(isAlive({ state, startTime: 1 })).toBe(alive);
  });

  it('says false when there is no process', () => {
    expect(isAlive(undefined)).toBe(false);
  });
});
