/** Lines of authorized_keys (sshd(8)) that let a key run one command and nothing else. */
import type { KeyName } from '../../core/index.ts';
import { errors } from './errors.ts';
import { parsePublicKey } from './public-key.ts';

/** What a line is made of. */
export interface AuthorizedLine {
  /** The program and its arguments, which reach it unchanged. */
  readonly command: readonly string[];
  /** One public key line. */
  readonly key: string;
  /** The key is that of a certificate authority, and lets in whom it has certified as this principal. */
  readonly principal?: KeyName;
}

/**
 * The line for one key: `command="exec …",restrict <key>`; for an authority with `cert-authority,principals="…",` before it. `restrict` takes away forwarding, PTY and user rc; `exec`
 * makes the command take the place of the login shell, so that its parent is sshd's process for the connection.
 * @throws E_KEY_COMMAND, E_PUBLIC_KEY
 */
export function authorizedKeysLine(line: AuthorizedLine): string {
  const { type, base64, comment } = parsePublicKey(line.key);
  if (line.command.length === 0) throw errors.E_KEY_COMMAND({ problem: 'it is empty' });
  // sshd takes \" for a quote there, and every other backslash as it stands.
  const quoted = line.command.map(shellWord).join(' ').replaceAll('"', '\\"');
  const whose = line.principal === undefined ? '' : `cert-authority,principals="${line.principal}",`;
  return `${whose}command="exec ${quoted}",restrict ${[type, base64, comment].filter((word) => word !== '').join(' ')}`;
}

/** One argument as one word of a POSIX shell: sshd gives the command to the user's login shell. */
function shellWord(argument: string): string {
  if (/[\0\n\r]/.test(argument))
    throw errors.E_KEY_COMMAND({ problem: 'an argument has a line break or NUL' });
  if (/^[\w@%+:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
