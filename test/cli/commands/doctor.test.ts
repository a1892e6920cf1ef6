import { afterEach, describe, expect, it } from 'vitest';
import { definePlugin } from '../../../core/index.ts';
import { type CommandLine, commandLine } from '../command-line.ts';

let line: CommandLine;
afterEach(() => line.dispose());

const checked = (state: 'ok' | 'warning' | 'failed') =>
  definePlugin({
    name: 'mysql',
    checks: [
      {
        name: 'answers',
        summary: 'Whether it answers.',
        run: async () => ({ state, message: 'So.', hint: 'Do.' }),
      },
    ],
    setup() {},
  });

describe('octo doctor', () => {
  it.each([
    { state: 'ok', code: 0 },
    { state: 'warning', code: 0 },
    { state: 'failed', code: 1 },
  ] as const)('tells a check that is $state, and exits with $code', async ({ state, code }) => {
    line = commandLine({ more: [checked(state)] });
    expect(await line.octo('doctor')).toMatchObject({
      code,
      stdout: `${state.padEnd(7)}  mysql answers: So.\n         Do.\n`,
    });
    const asked = await line.octo('doctor', '--json');
    expect(asked.code).toBe(code);
    expect(asked.json()).toEqual({
      checks: [
        {
          plugin: 'mysql',
          check: 'answers',
          summary: 'Whether it answers.',
          state,
          message: 'So.',
          hint: 'Do.',
        },
      ],
    });
  });

  it('says where there is nothing to look at', async () => {
    line = commandLine();
    expect(await line.octo('doctor')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('No plugin'),
    });
  });
});
