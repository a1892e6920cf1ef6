/** What can be wrong with the options. */
import { defineErrors, exitCodes } from 'octohost';

export const errors = defineErrors({
  E_STATIC_OPTIONS: (f: { problems: string }) => ({
    message: `The options of the plugin static are wrong: ${f.problems}`,
    hint: 'Correct them in the configuration file: staticSites({ image: "busybox:1" }).',
    exit: exitCodes.usage,
  }),
});
