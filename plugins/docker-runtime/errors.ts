/** What can go wrong between octohost and its containers. */
import { defineErrors, exitCodes } from '../../core/index.ts';

export const errors = defineErrors({
  E_START_FAILED: (f: { name: string; words: string }) => ({
    message: `The Docker Engine could not start ${f.name}: ${f.words}`,
    hint: 'Correct the CMD or ENTRYPOINT of the Dockerfile, or what the engine complains about, and push again.',
  }),
  E_NOT_OURS: (f: { what: string }) => ({
    message: `${f.what} does not belong to this installation, so it was left alone.`,
    hint: 'Remove it by hand if you are sure: docker inspect shows whose it is.',
  }),
  E_VOLUME_IN_USE: (f: { name: string; words: string }) => ({
    message: `The volume ${f.name} cannot be removed: ${f.words}`,
    hint: 'Remove the container that uses it first (docker ps --all --filter volume=<name>), then run the command again.',
  }),
  E_INSTANCE_GONE: (f: { name: string }) => ({
    message: `The container ${f.name} is gone.`,
    hint: 'Start a new one with: octo converge',
  }),
  E_EVENTS_ENDED: (f: { what: string }) => ({
    message: `The Docker Engine tells no more of what happens to ${f.what}.`,
    hint: 'It has probably been stopped: start it again. The agent goes on listening by itself.',
    exit: exitCodes.unavailable,
  }),
  E_STOP_STUCK: (f: { name: string; seconds: number }) => ({
    message: `The Docker Engine has been removing ${f.name} for ${f.seconds} s and has not finished.`,
    hint: "See the engine's own log; octo converge goes on with it later.",
    exit: exitCodes.unavailable,
  }),
});
