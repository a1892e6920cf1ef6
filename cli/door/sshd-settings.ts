/** What sshd goes by for the user of an installation, from what `sshd -T` prints of it. Pure. */
import { relative } from 'node:path';
import { isOctohostError, messageOf } from '../../core/index.ts';
import type { UserEntry } from '../identity.ts';

/** Whose keys they are. */
export interface KeyUser extends Pick<UserEntry, 'uid' | 'home'> {
  readonly name: string;
}

/** Only what counts for octohost's keys. */
export interface SshdSettings {
  /** Where it listens: `{ host: '::', port: 22 }`. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** Those that its configuration names; empty: sshd's own. */
  readonly hostKeys: readonly string[];
  readonly takesKeys: boolean;
  /** The value of AuthorizedKeysFile with its tokens replaced: paths with blanks between them, from / or the home. */
  readonly authorizedKeys: string;
  /** A program that is asked for keys beside the file. */
  readonly keysCommand?: string;
  /** Run in the place of every key's own command. */
  readonly forcedCommand?: string;
  /** Whether the rights of the keys' file and its folders count. */
  readonly strictModes: boolean;
  /** Patterns of users and of groups; empty: no such list. */
  readonly allowUsers: readonly string[];
  readonly denyUsers: readonly string[];
  readonly allowGroups: readonly string[];
  readonly denyGroups: readonly string[];
}

/** It could not be asked. */
export interface UnreadSettings {
  readonly problem: string;
  /** Whether the user may not read its files: it may go by anything. */
  readonly isHidden: boolean;
}

/**
 * Reads what `sshd -T` printed for the user.
 * @param own the host key that it was run with, which is no key of the configuration
 */
export function parseSshdSettings(text: string, user: KeyUser, own: string): SshdSettings {
  const lines = text.split('\n').map((line) => /^(\S+) (.*)$/.exec(line) ?? []);
  const all = (name: string) => lines.flatMap(([, key, value = '']) => (key === name ? [value] : []));
  const one = (name: string) => all(name).find((value) => value !== 'none');
  const [keysCommand, forcedCommand] = [one('authorizedkeyscommand'), one('forcecommand')];
  return {
    addresses: all('listenaddress').flatMap(addressIn),
    hostKeys: all('hostkey').filter((path) => path !== own),
    takesKeys: one('pubkeyauthentication') !== 'no',
    authorizedKeys: withoutTokens(one('authorizedkeysfile') ?? '', user),
    strictModes: one('strictmodes') !== 'no',
    allowUsers: all('allowusers'),
    denyUsers: all('denyusers'),
    allowGroups: all('allowgroups'),
    denyGroups: all('denygroups'),
    ...(keysCommand === undefined ? {} : { keysCommand }),
    ...(forcedCommand === undefined ? {} : { forcedCommand }),
  };
}

/** What an sshd that printed no settings said in their place. @param error that of its run */
export function unreadSettings(error: unknown, { name }: KeyUser): UnreadSettings {
  const said = (isOctohostError(error) ? error.details.at(-1) : undefined) ?? messageOf(error);
  const isHidden = said.includes('Permission denied');
  return { problem: `what it goes by ${name} cannot read (${said})`, isHidden };
}

/** `[::]:22`, `127.0.0.1:2222`. */
function addressIn(text: string): SshdSettings['addresses'] {
  const [, host = '', port] = /^\[?([^\]]*)\]?:(\d+)$/.exec(text) ?? [];
  return port === undefined ? [] : [{ host, port: Number(port) }];
}

/** sshd_config(5), TOKENS. */
function withoutTokens(value: string, { name, uid, home }: KeyUser): string {
  const tokens: Readonly<Record<string, string>> = { '%': '%', h: home, u: name, U: String(uid) };
  return value.replaceAll(/%(.)/g, (whole, token: string) => tokens[token] ?? whole);
}

/** Whether sshd reads keys from this file. What it prints does not tell blanks in a path from those between two. */
export function readsKeysFrom({ authorizedKeys }: SshdSettings, file: string, { home }: KeyUser): boolean {
  const names = [file, ...(file.startsWith(`${home}/`) ? [relative(home, file)] : [])];
  return names.some((name) => ` ${authorizedKeys} `.includes(` ${name} `));
}
