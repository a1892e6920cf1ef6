/** What can go wrong with the database file. */
import { dirname } from 'node:path';
import { defineErrors, exitCodes, messageOf } from '../../core/index.ts';

export const errors = defineErrors({
  E_STORE_OPTIONS: (f: { problems: string }) => ({
    message: `The options of embeddedStore are wrong: ${f.problems}.`,
    hint: 'Correct them in octohost.config.ts; plugins/embedded-store/README.md lists all.',
    exit: exitCodes.usage,
  }),
  E_STORE_NEWER: (f: { file: string; found: number; known: number }) => ({
    message: `The store ${f.file} was written by a newer octohost (schema ${f.found}; this one knows ${f.known}).`,
    hint: 'Update octohost on this machine, or restore the store from a backup of before the update.',
  }),
  E_STORE_FAILED: (f: { file: string; cause: unknown }) => ({
    message: `The store ${f.file} could not be used: ${messageOf(f.cause)}`,
    hint: failureHint(f.file, f.cause),
    exit: exitCodes.unavailable,
  }),
  E_STORE_CLOSED: (f: { file: string }) => ({
    message: `The store ${f.file} was used after it was closed.`,
    hint: 'This is a mistake in a plugin: it goes on working after the command has ended.',
  }),
});

/** sqlite's result codes, https://www.sqlite.org/rescode.html; the low byte is the kind. */
const hints: Readonly<Record<number, (file: string) => string>> = {
  3: ownerHint,
  5: busyHint,
  6: busyHint,
  8: ownerHint,
  10: spaceHint,
  11: damageHint,
  13: spaceHint,
  14: ownerHint,
  26: damageHint,
};

const hintsOfSystem: Readonly<Record<string, (file: string) => string>> = {
  ENOSPC: spaceHint,
  EDQUOT: spaceHint,
  EFBIG: spaceHint,
};

/** What to do about an error of sqlite or of the file system. Pure. */
export function failureHint(file: string, cause: unknown): string {
  const { errcode, code } = (cause ?? {}) as { errcode?: unknown; code?: unknown };
  const hint = typeof errcode === 'number' ? hints[errcode & 0xff] : hintsOfSystem[String(code)];
  return (hint ?? ownerHint)(file);
}

/** Whether sqlite gave up waiting for another process. */
export function isBusy(cause: unknown): boolean {
  const { errcode } = (cause ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' && (errcode & 0xff) === 5;
}

function busyHint(file: string): string {
  return `Another program holds it: see which with fuser ${file}, then run the command again.`;
}

function ownerHint(file: string): string {
  return `Everything of octohost belongs to one user: compare ls -ld ${dirname(file)} ${file} with id -un.`;
}

function spaceHint(file: string): string {
  return `See whether the disk is full or failing: df -h ${dirname(file)}. Nothing was half written.`;
}

function damageHint(file: string): string {
  return `The file is damaged, or is no store: move ${file} and its -wal and -shm files away, and restore a backup.`;
}
