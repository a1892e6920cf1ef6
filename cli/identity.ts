/** One identity: root becomes octohost's own user before it opens anything. */
import { readFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { errors } from './errors.ts';

/** An entry of the user database. */
export interface UserEntry {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The entry of a user in the text of /etc/passwd. Pure. */
export function findUser(passwd: string, name: string): UserEntry | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  const [uid, gid, home] = [Number(fields?.[2]), Number(fields?.[3]), fields?.[5]];
  return fields && Number.isInteger(uid) && Number.isInteger(gid) && home !== undefined
    ? { uid, gid, home }
    : undefined;
}

/** The entry of a user of this machine. @throws E_IDENTITY where there is none */
export async function userEntry(user: string): Promise<UserEntry> {
  const entry = findUser(await readFile('/etc/passwd', 'utf8'), user);
  if (!entry) throw errors.E_IDENTITY({ user });
  return entry;
}

/**
 * Gives the process the identity of the configuration's user, with its groups and its home. Does nothing for anybody
 * but root, or where the user is root: a private instance runs as whoever started it.
 * @throws E_IDENTITY where there is no such user
 */
export async function takeIdentity(user: string): Promise<void> {
  if (process.getuid?.() !== 0 || user === 'root') return;
  const entry = await userEntry(user);
  // At its end the process may not write there any more.
  flushCompileCache();
  // Node has it; its types do not.
  (process as { initgroups?(user: string, group: number): void }).initgroups?.(user, entry.gid);
  process.setgid?.(entry.gid);
  process.setuid?.(entry.uid);
  process.env['HOME'] = entry.home;
  delete process.env['XDG_CACHE_HOME'];
}
