/** What can go wrong with backups, restoring and moving, beside what the core knows. The guide is cli/README.md. */
import { defineErrors, exitCodes, messageOf } from '../../core/index.ts';

const { usage, unavailable, locked } = exitCodes;

export const errors = defineErrors({
  E_BACKUP_MANIFEST: (f: { problem: string }) => ({
    message: `This is no backup of octohost: ${f.problem}.`,
    hint: 'Nothing was changed. Take a file made with octo backup, whole.',
    exit: usage,
  }),
  E_BACKUP_NEWER: (f: {
    by: string;
    octohost: string;
    what: 'format' | 'schema';
    found: number;
    known: number;
  }) => ({
    message: `The backup was made by octohost ${f.by}, with ${f.what} ${f.found}. This is ${f.octohost}, which knows ${f.what} ${f.known}. Nothing was changed.`,
    hint: 'Update octohost on this machine, then restore again.',
    exit: usage,
  }),
  E_BACKUP_ARCHIVE: (f: { problem: string }) => ({
    message: `The backup is not what was written: ${f.problem}.`,
    hint: 'Nothing was changed. Copy the file again, or take another one.',
  }),
  E_BACKUP_SPACE: (f: { folder: string; needed: number; free: number }) => ({
    message: `The backup needs ${f.needed} MiB in ${f.folder} for a while, and ${f.free} are free.`,
    hint: 'Make room there, or leave the images out.',
    exit: unavailable,
  }),
  E_BACKUP_FILE: (f: { file: string; cause: unknown }) => ({
    message: `${f.file} cannot be used: ${messageOf(f.cause)}`,
    hint: 'This runs as the user that the configuration names: choose a folder of that one, or use - and a pipe.',
  }),
  E_BACKUP_STDOUT: () => ({
    message: 'A backup is no text, and stdout is a terminal, or is to hold JSON.',
    hint: 'octo backup FILE, or octo backup - | ssh HOST …',
    exit: usage,
  }),
  E_BACKUP_STDIN: () => ({
    message: 'The backup is read from stdin, which is the keyboard here.',
    hint: 'octo restore FILE, or octo restore - < FILE',
    exit: usage,
  }),
  E_BACKUP_BUSY: () => ({
    message: 'Pushes came in so fast that no moment was found at which repositories and releases agreed.',
    hint: 'Run it again.',
    exit: locked,
  }),
  E_RESTORE_IMAGE: (f: { site: string }) => ({
    message: `${f.site} is restored and cannot run: its image is not here, and there is no commit to build it from.`,
    hint: `Deploy it once more: octo deploy ${f.site} FOLDER; or restore from a backup made with --images.`,
  }),
});
