/** What can go wrong while a server is set up. The guide is cli/README.md. */
import { defineErrors, exitCodes } from '../../core/index.ts';

const { usage } = exitCodes;

export const errors = defineErrors({
  E_SETUP_BLOCKED: (f: { problems: readonly string[] }) => ({
    message: 'This machine cannot be set up as it is. Nothing was changed.',
    hint: 'Mend what stands above, then run octo setup again.',
    details: f.problems,
    exit: usage,
  }),
  E_SETUP_NOT_CONFIRMED: (f: { asked: boolean }) => ({
    message: f.asked ? 'Nothing was changed.' : 'This was not confirmed, so nothing was changed.',
    hint: f.asked ? 'Run it again and answer yes, or add --yes.' : 'There is nobody to ask here: add --yes.',
    exit: usage,
  }),
  E_SETUP_STEP: (f: { title: string; lines: readonly string[] }) => ({
    message: `This did not work: ${f.title}.`,
    hint: 'What was done before it stays. Mend what stands above, then run octo setup again: it goes on from here.',
    details: f.lines,
  }),
  E_SETUP_RECORD: (f: { file: string; problem: string }) => ({
    message: `The record of what octo setup made, ${f.file}, cannot be used: ${f.problem}`,
    hint: 'Bring it back from a copy, or move it away: then --undo takes nothing of it away.',
    exit: usage,
  }),
});
