/** What the git door refuses. The guide is cli/README.md. */
import { defineErrors, exitCodes, messageOf } from '../../core/index.ts';

const { usage } = exitCodes;

export const errors = defineErrors({
  E_DOOR_COMMAND: (f: { asked: string }) => ({
    message: `This key may push to and fetch from sites, and nothing else${f.asked ? `; it asked for ${JSON.stringify(f.asked.slice(0, 80))}` : ''}.`,
    hint: 'Use it with git: git push ssh://<user>@<host>/<site>.git main',
    exit: usage,
  }),
  E_DOOR_REPOSITORY: (f: { path: string }) => ({
    message: `${JSON.stringify(f.path.slice(0, 80))} is not the name of a site.`,
    hint: 'The address ends with one name: ssh://<user>@<host>/<site>.git',
    exit: usage,
  }),
  E_DOOR_EMPTY: (f: { site: string }) => ({
    message: `Nothing was ever pushed to ${f.site}, so there is nothing to fetch.`,
    hint: 'Check the name, or push to it first.',
  }),
  E_PUSH_DELETES: (f: { ref: string }) => ({
    message: `The push deletes ${f.ref}; a site is not taken down by deleting its branch here.`,
    hint: 'On the server: octo stop <site>, or octo remove <site>.',
  }),
  E_PUSH_SAME_SITE: (f: { site: string; refs: readonly string[] }) => ({
    message: `${f.refs.join(' and ')} both mean the site ${f.site}.`,
    hint: 'Push one of them.',
  }),
  E_PUSH_BESIDE: (f: { ref: string; other: string }) => ({
    message: `git cannot keep ${f.ref} beside ${f.other}: one is a folder of the other.`,
    hint: 'Push the branch under another name: git push <remote> <branch>:<name>',
  }),
  E_PUSH_NOTHING: (f: { refs: readonly string[] }) => ({
    message: `No branch is pushed, only ${f.refs.join(', ')}.`,
    hint: 'Push a branch: git push <remote> main',
  }),
  E_GIT: (f: { what: string; cause: unknown }) => ({
    message: `git could not ${f.what}: ${messageOf(f.cause)}`,
    hint: 'Run git fsck in the repository, then push again.',
  }),
  E_PUSH_TIME: (f: { seconds: number }) => ({
    message: `The push was not received within ${f.seconds} s, so it was ended.`,
    hint: 'Push again over a faster line; the operator sets git.maxPushSeconds in octohost.config.ts.',
  }),
  E_SUBMODULE_UNKNOWN: (f: { path: string; repository: string }) => ({
    message: `The submodule ${f.path} is to come from ${f.repository}, which is not on this host, or which this key may not read.`,
    hint: `Push ${f.repository} first, or ask the operator for the right to read it.`,
  }),
  E_SUBMODULE_COMMIT: (f: { path: string; address: string; commit: string }) => ({
    message: `The submodule ${f.path} needs the commit ${f.commit}, which ${f.address} does not have.`,
    hint: `Push that commit there first: git -C ${f.path} push`,
  }),
  E_SUBMODULE_FETCH: (f: { path: string; address: string; commit: string; cause: unknown }) => ({
    message: `The commit ${f.commit} of the submodule ${f.path} could not be fetched from ${f.address}: ${messageOf(f.cause)}`,
    hint: 'Push that commit there first, or see that the server can be read without a password; then push again.',
  }),
  E_SUBMODULE_LIMIT: (f: { path: string; problem: string }) => ({
    message: `The submodule ${f.path} is one too many: ${f.problem}.`,
    hint: 'Commit its files instead of the submodule.',
  }),
  E_SUBMODULE_FILE: (f: { cause: unknown }) => ({
    message: `git cannot read .gitmodules: ${messageOf(f.cause)}`,
    hint: 'Correct the file, commit it and push again.',
  }),
});
