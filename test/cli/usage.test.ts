import { describe, expect, it } from 'vitest';
import { expectedError, usageLine } from '../../cli/usage.ts';
import { exitCodes } from '../../core/index.ts';

const scale = { id: 'scale', args: { site: { required: true }, count: { required: false } } };

describe('usageLine', () => {
  it.each([
    { command: scale, line: 'octo scale SITE [COUNT]' },
    { command: { id: 'converge', args: { sites: { multiple: true } } }, line: 'octo converge [SITES…]' },
    { command: { ...scale, usage: 'scale SITE N' }, line: 'octo scale SITE N' },
  ])('is $line', ({ command, line }) => {
    expect(usageLine(command)).toBe(line);
  });
});

describe('expectedError', () => {
  const parseError = Object.assign(
    new Error('Missing 1 required arg:\nsite  The name.\nSee more help with --help'),
    { oclif: { exit: 2 } },
  );

  it("turns oclif's complaint into an error of ours, with the usage line as the hint", () => {
    expect(expectedError(parseError, scale)).toMatchObject({
      code: 'E_ARGUMENTS',
      message: 'Missing 1 required arg:',
      details: ['site  The name.'],
      exit: exitCodes.usage,
      hint: expect.stringContaining('octo scale SITE [COUNT]'),
    });
  });

  it.each([
    { typed: 'instnce', meant: ['Did you mean --instance?'] },
    { typed: 'jsn', meant: ['Did you mean --json?'] },
    { typed: 'something-else', meant: [] },
  ])('says which flag may be meant by --$typed', ({ typed, meant }) => {
    const unknown = Object.assign(new Error(`Nonexistent flag: --${typed}\nSee more help with --help`), {
      oclif: { exit: 2 },
    });
    expect(expectedError(unknown, { ...scale, flags: { instance: {} } })).toMatchObject({ details: meant });
  });

  it('gives no line of it a tab', () => {
    const wrong = Object.assign(new Error('Parsing --lines \n\tExpected an integer but received: zz'), {
      oclif: { exit: 2 },
    });
    expect(expectedError(wrong, scale)).toMatchObject({
      message: 'Parsing --lines.',
      details: ['Expected an integer but received: zz'],
    });
  });

  it('leaves every other error as it is', () => {
    const bug = new TypeError('x is not a function');
    expect(expectedError(bug, scale)).toBe(bug);
  });
});
