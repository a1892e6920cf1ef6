/** What the system's own files say. Pure. */
import { dirname } from 'node:path';

/** The login shell of a user in the text of /etc/passwd; undefined where there is no such user. */
export function shellOf(passwd: string, user: string): string | undefined {
  return entries(passwd).find(([name]) => name === user)?.[6];
}

/** Whether this login shell runs what sshd gives it: a key's command. */
export function runsCommands(shell: string): boolean {
  return !/\/(nologin|false|git-shell)$/.test(shell);
}

/** The name of a user by its number; the number where nobody has it. */
export function userName(passwd: string, uid: number): string {
  return entries(passwd).find((fields) => fields[2] === String(uid))?.[0] ?? String(uid);
}

/** The groups of /etc/group that name a user among their members. */
export function groupsOf(group: string, user: string): string[] {
  return entries(group).flatMap(([name = '', , , members = '']) =>
    members.split(',').includes(user) ? [name] : [],
  );
}

function entries(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

const listening = '0A';

/** Whether a table of /proc/net/tcp or tcp6 has somebody who listens at a port, at whichever address. */
export function listensAt(table: string, port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .some(([, local = '', , state]) => state === listening && local.endsWith(`:${hex}`));
}

/** The folders from / to this one, itself included. */
export function foldersTo(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...foldersTo(parent), path];
}
