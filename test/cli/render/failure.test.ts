import { describe, expect, it } from 'vitest';
import { exitCodeOf, failureFacts, failureLines } from '../../../cli/render/failure.ts';
import { exitCodes, OctohostError } from '../../../core/index.ts';

const expected = new OctohostError(
  'E_EXAMPLE',
  { message: 'It did not answer.', hint: 'Start it.', details: ['line 1', '\u001b[31mline 2'], exit: 69 },
  { step: 'build', site: 'app', plugin: 'docker' },
);

describe('an expected error', () => {
  it('says what came back, its details, where it happened and what to do', () => {
    expect(failureLines(expected)).toEqual([
      'Error: It did not answer.',
      '    line 1',
      '    line 2',
      'E_EXAMPLE · step build · site app · plugin docker',
      'Try this: Start it.',
    ]);
    expect(exitCodeOf(expected)).toBe(69);
  });

  it('leaves out places that are not known', () => {
    const bare = new OctohostError('E_BARE', { message: 'No.', hint: 'Yes.' });
    expect(failureFacts(bare)).toEqual({ code: 'E_BARE', message: 'No.', hint: 'Yes.', details: [] });
    expect(failureLines(bare)).toContain('E_BARE');
  });

  it('is one line where it is not permitted', () => {
    const refused = new OctohostError('E_NO', {
      message: 'not\nyou.',
      hint: 'Ask.',
      details: ['x'],
      exit: 77,
    });
    expect(failureLines(refused)).toEqual(['octohost: not · you.']);
  });

  it('is known by its brand, from whichever copy of the class it comes', () => {
    const foreign = Object.assign(new Error('x'), {
      code: 'E_X',
      hint: 'h',
      details: [],
      exit: 1,
      [Symbol.for('octohost.error')]: true,
    });
    expect(exitCodeOf(foreign)).toBe(1);
  });
});

describe('any other error', () => {
  it.each([new TypeError('x is not a function'), 'a string', undefined])('is a bug: %s', (error) => {
    expect(exitCodeOf(error)).toBe(exitCodes.bug);
    expect(failureLines(error).at(-1)).toContain('bug in octohost');
    expect(failureFacts(error)).toMatchObject({ code: 'E_BUG' });
  });

  it('shows its stack', () => {
    expect(failureLines(new TypeError('boom')).join('\n')).toMatch(/^Error: TypeError: boom\n {4}at /);
  });
});
