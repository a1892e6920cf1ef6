import { describe, expect, it } from 'vitest';
import { findProgram, programPath, runProgram } from '../../../cli/dev/programs.ts';

describe('findProgram', () => {
  it('gives an absolute path', async () => {
    expect(await findProgram('sh')).toMatch(/^\/.*\/sh$/);
  });

  it('says what to run when a program is missing', async () => {
    await expect(findProgram('octohost-has-no-such-program')).rejects.toMatchObject({
      code: 'E_PROGRAM_MISSING',
      hint: expect.stringContaining('npm run setup'),
    });
  });
});

describe('programPath', () => {
  it('adds the administrators’ folders, and drops what depends on the current folder', () => {
    expect(programPath('/opt/bin:.::relative:/usr/sbin').split(':')).toEqual([
      '/opt/bin',
      '/usr/sbin',
      '/usr/local/sbin',
      '/sbin',
      '/usr/bin',
      '/bin',
    ]);
  });
});

describe('runProgram', () => {
  it('gives what the program wrote', async () => {
    expect(await runProgram('sh', ['-c', 'echo "$1"', 'sh', 'a  $b'])).toBe('a  $b\n');
  });

  it('tells what a failing program said', async () => {
    await expect(runProgram('sh', ['-c', 'echo no such link >&2; exit 3'])).rejects.toMatchObject({
      code: 'E_PROGRAM_FAILED',
      details: ['no such link'],
    });
  });
});
