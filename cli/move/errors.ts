/** What can go wrong on the way to another host. The guide is cli/README.md. */
import { defineErrors, exitCodes, messageOf } from '../../core/index.ts';

const { usage, unavailable } = exitCodes;

export const errors = defineErrors({
  E_MOVE_HOST: (f: { what: string }) => ({
    message: `${JSON.stringify(f.what.slice(0, 80))} is neither a host nor a user.`,
    hint: 'octo move:sites HOST [USER] --port PORT',
    exit: usage,
  }),
  E_MOVE_PROGRAM: (f: { cause: unknown }) => ({
    message: `ssh cannot be started: ${messageOf(f.cause)}`,
    hint: 'Install it: apt-get install openssh-client',
    exit: unavailable,
  }),
  E_MOVE_SSH: (f: { host: string; lines: readonly string[] }) => ({
    message: `${f.host} cannot be reached over ssh, or was lost.`,
    hint: 'A key of this user has to be let in there, with all rights: octo keys:add NAME --admin < KEY.pub. Then run it again: what is there stays.',
    details: f.lines,
    exit: unavailable,
  }),
  E_MOVE_REFUSED: (f: { host: string; site: string; lines: readonly string[] }) => ({
    message: `${f.host} did not take ${f.site}; here it is as it was.`,
    hint: 'Repair what is said above, there or here, then run it again.',
    details: f.lines,
  }),
  E_MOVE_NOT_UP: (f: { host: string; site: string; state: string }) => ({
    message: `${f.site} is not up on ${f.host} (${JSON.stringify(f.state.slice(0, 40))}), so it was not stopped here.`,
    hint: `Bring it up there, then run it again: ssh git@${f.host} converge ${f.site}`,
  }),
  E_MOVE_ANSWER: (f: { host: string }) => ({
    message: `What answers at ${f.host} is no octohost, or another version that says it otherwise.`,
    hint: `Compare the versions: ssh git@${f.host} --version`,
  }),
});
