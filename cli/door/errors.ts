/** What the git door refuses. The guide is cli/README.md. */
import { defineErrors, exitCodes, messageOf } from '../../core/index.ts';

const { usage, noPermission } = exitCodes;

export const errors = defineErrors({
  E_DOOR_COMMAND: (f: { asked: string }) => ({
    message: `${JSON.stringify(f.asked.slice(0, 80))} cannot be run over ssh: push and fetch with git, or run a command (help lists them).`,
    hint: 'See them all with: ssh <user>@<host> help',
    exit: noPermission,
  }),
  E_DOOR_SHELL: () => ({
    message: 'there is no shell here: push and fetch with git, or run a command (help lists them).',
    hint: 'See them all with: ssh <user>@<host> help',
    exit: noPermission,
  }),
  E_DOOR_QUOTES: (f: { problem: string }) => ({
    message: `The command cannot be taken apart into words: ${f.problem}.`,
    hint: 'Quote it twice, for your own shell and for this end: ssh <user>@<host> \'config:set app/KEY "a b"\'',
    exit: usage,
  }),
  E_DOOR_HOST: (f: { what: string }) => ({
    message: `${f.what} is of the host, and out of reach over ssh.`,
    hint: 'Leave it out.',
    exit: noPermission,
  }),
  E_REBUILD_SOURCE: (f: { site: string; isReleased: boolean }) => ({
    message: f.isReleased
      ? `What ${f.site} runs was not pushed to this host, so there is no source to build it from.`
      : `${f.site} was never deployed.`,
    hint: f.isReleased
      ? `octo reload ${f.site} replaces its instances; octo deploy ${f.site} builds it from a folder, a tar or an image.`
      : `Push it: git push <this host>:${f.site}.git main`,
    exit: usage,
  }),
  E_DOOR_DROPPED: () => ({
    message: 'The connection was lost before all of the input had come.',
    hint: 'Nothing was changed: run the command again.',
  }),
  E_KEY_RIGHTS: (f: { key: string; what: string }) => ({
    message: `the key "${f.key}" may not ${f.what}.`,
    hint: 'Ask whoever runs the server for the right.',
    exit: noPermission,
  }),
  E_KEY_GONE: (f: { key: string }) => ({
    message: `the key ${JSON.stringify(f.key.slice(0, 80))} was removed.`,
    hint: 'Ask whoever runs the server to add it again.',
    exit: noPermission,
  }),
  E_PUBLIC_KEY: (f: { problem: string }) => ({
    message: `This is not a public key that octohost accepts: ${f.problem}.`,
    hint: 'Give one line such as ~/.ssh/id_ed25519.pub has; make a key with: ssh-keygen -t ed25519',
    exit: usage,
  }),
  E_KEY_STDIN: (f: { name: string }) => ({
    message: 'The key is read from stdin, which is the keyboard here.',
    hint: `octo keys:add ${f.name} < ~/.ssh/id_ed25519.pub`,
    exit: usage,
  }),
  E_KEY_COMMAND: (f: { problem: string }) => ({
    message: `This command cannot stand in authorized_keys: ${f.problem}.`,
    hint: 'Use paths and names without line breaks and NUL.',
    exit: usage,
  }),
  E_KEY_FILE: (f: { file: string; cause: unknown }) => ({
    message: `The keys could not be written to ${f.file}: ${messageOf(f.cause)}`,
    hint: 'The rights hold as asked for. Repair that: the next keys:add or keys:remove writes every line anew.',
  }),
  E_KEY_MARKERS: (f: { file: string; line: number; problem: string }) => ({
    message: `Line ${f.line} of ${f.file} ${f.problem}, so it is not clear which lines are octohost's.`,
    hint: 'Take the lines that begin with "# octohost" out of it, and the keys between them; then run the command again.',
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
  E_PUSH_OPTION: (f: { option: string; problem: string }) => ({
    message: `The push option ${JSON.stringify(f.option.slice(0, 80))} cannot be taken: ${f.problem}.`,
    hint: 'For instance: git push -o plan <remote> main',
    exit: usage,
  }),
  E_PUSH_REF: (f: { ref: string }) => ({
    message: `${f.ref} is neither a branch nor a tag, so nothing would come of it.`,
    hint: 'Push a branch: git push <remote> main',
  }),
  E_PUSH_MOVED: (f: { ref: string }) => ({
    message: `${f.ref} was changed by another push since this one looked: fetch first.`,
    hint: 'git pull, then push again.',
  }),
  E_PUSH_PART: (f: { ref: string }) => ({
    message: `git does not take ${f.ref} and says why beside its name, so nothing of this push was done.`,
    hint: 'Leave it out. A clone that is shallow gets the rest with: git fetch --unshallow',
  }),
  E_PUSH_REFS: (f: { cause: unknown }) => ({
    message: `git cannot move the refs as asked for: ${messageOf(f.cause)}`,
    hint: 'Nothing was built. Push under another name, or something else.',
  }),
  E_PUSH_THERE: (f: { ref: string }) => ({
    message: `${f.ref} is already at what you push: another push brought it, or yours did before its connection was lost.`,
    hint: 'There is nothing to push any more. What its deploy said: octo attach <site>',
  }),
  E_PUSH_DROPPED: () => ({
    message: 'The connection to the pusher was lost, and cancel-on-drop was asked for.',
    hint: 'What it had begun is taken away. Push again.',
    exit: exitCodes.interrupted,
  }),
  E_PUSH_NAME: (f: { branch: string; problem: string; name: string }) => ({
    message: `No site can be made of the branch ${f.branch}: ${f.problem}`,
    hint: `Push it under another name: git push <remote> ${f.branch}:${f.name}`,
  }),
  E_PUSH_SIGNATURE: (f: { problem: string }) => ({
    message: `The signature of this push ${f.problem}.`,
    hint: 'Push again, or without --signed.',
  }),
  E_PUSH_SAME_SITE: (f: { site: string; refs: readonly string[] }) => ({
    message: `${f.refs.join(' and ')} both mean the site ${f.site}.`,
    hint: 'Push one of them.',
  }),
  E_PUSH_BESIDE: (f: { ref: string; other: string }) => ({
    message: `git cannot keep ${f.ref} beside ${f.other}: one is a folder of the other.`,
    hint: 'Push the branch under another name: git push <remote> <branch>:<name>',
  }),
  E_PUSH_MANY: (f: { count: number; max: number }) => ({
    message: `${f.count} branches are pushed; one push may bring ${f.max}, for each makes a site.`,
    hint: 'Push the branches that are to be sites: git push <remote> main',
  }),
  E_PUSH_NOTHING: (f: { refs: readonly string[] }) => ({
    message: `No branch is pushed, only ${f.refs.join(', ')}.`,
    hint: 'Push a branch: git push <remote> main',
  }),
  E_GIT: (f: { what: string; cause: unknown }) => ({
    message: `git could not ${f.what}: ${messageOf(f.cause)}`,
    hint: 'Run git fsck in the repository, then push again.',
  }),
  E_REPOSITORY_NEW: (f: { folder: string; cause: unknown }) => ({
    message: `No repository could be made in ${f.folder}: ${messageOf(f.cause)}`,
    hint: 'Nothing was kept. The operator looks whether the disk is full, and who owns that folder; then push again.',
  }),
  E_RENAME_REPOSITORY: (f: { name: string; ref: string }) => ({
    message: `The repository ${f.name} has ${f.ref} already, and no site of that name. Nothing was changed.`,
    hint: `Choose another name, or take what a removed site has left away: octo remove ${f.name} --yes`,
    exit: usage,
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
