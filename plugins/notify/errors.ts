/** What can go wrong with a message. */
import { defineErrors, exitCodes } from 'octohost';

export const errors = defineErrors({
  E_NOTIFY_OPTIONS: (f: { problems: string }) => ({
    message: `The options of the plugin notify are wrong: ${f.problems}`,
    hint: 'Correct them in the configuration file: notify({ slack: {} }).',
    exit: exitCodes.usage,
  }),
  E_NOTIFY_SECRET: (f: { from: string; problem: string }) => ({
    message: `${f.from} ${f.problem}.`,
    hint: 'Set it where octohost runs, or name a file in the options of notify; then type: octo notify:test',
  }),
  E_NOTIFY_UNSENT: (f: { problems: readonly string[] }) => ({
    message: `Not everybody was told: ${f.problems.join('; ')}`,
    hint: 'Correct the options of notify or what they name, then type: octo notify:test',
    exit: exitCodes.unavailable,
  }),
});
