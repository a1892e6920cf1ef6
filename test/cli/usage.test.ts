import { describe, expect, it } from 'vitest';
import { errors } from '../../cli/errors.ts';
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

  it('gives an argument that a command refused its usage, and names the flag', () => {
    const refused = errors.E_ARGUMENTS({ problem: '"zz" is no number.' });
    const hint = expect.stringContaining('octo scale SITE [COUNT]');
    expect(expectedError(refused, scale)).toMatchObject({ message: '"zz" is no number.', hint });
    refused.message = `Parsing --since \n\t${refused.message}\nSee more help with --help`;
    expect(expectedError(refused, scale)).toMatchObject({ message: '--since: "zz" is no number.', hint });
    const own = errors.E_ARGUMENTS({ problem: 'One at a time.', usage: 'octo x' });
    expect(expectedError(own, scale)).toMatchObject({ message: 'One at a time.', hint: 'octo x' });
  });

  it('says nothing of several values of a flag that was not given', () => {
    const said = [
      'Missing 1 required arg:',
      'name  The name.',
      '',
      'Note: --site allows multiple values. Because of this you need to provide all arguments before providing that flag.',
      'Alternatively, you can use "--" to signify the end of the flags and the beginning of arguments.',
      'See more help with --help',
    ];
    const missing = (flags: object) =>
      Object.assign(new Error(said.join('\n')), { oclif: { exit: 2 }, parse: { output: { flags } } });
    expect(expectedError(missing({}), scale)).toMatchObject({ details: ['name  The name.'] });
    expect(expectedError(missing({ site: ['a'] }), scale)).toMatchObject({
      details: ['name  The name.', said[3], said[4]],
    });
  });

  it('names the flag whose value is wrong', () => {
    const wrong = Object.assign(new Error('Parsing --lines \n\tExpected an integer but received: zz'), {
      oclif: { exit: 2 },
    });
    expect(expectedError(wrong, scale)).toMatchObject({
      message: '--lines: Expected an integer but received: zz.',
      details: [],
    });
  });

  it('leaves every other error as it is', () => {
    const bug = new TypeError('x is not a function');
    expect(expectedError(bug, scale)).toBe(bug);
  });
});
