/** Lines of authorized_keys (sshd(8)) that let a key run one command and nothing else. */
import { errors } from './errors.ts';
import { parsePublicKey } from './public-key.ts';

/**
 * The line for one key: `command="exec …",restrict <key>`. `restrict` takes away forwarding, PTY and user rc; `exec`
 * makes the command take the place of the login shell, so that its parent is sshd's process for the connection.
 * @param line command: the program and its arguments, which reach it unchanged; key: one public key line
 * @throws E_KEY_COMMAND, E_PUBLIC_KEY
 */
export function authorizedKeysLine(line: { command: readonly string[]; key: string }): string {
  const { type, base64, comment } = parsePublicKey(line.key);
  if (line.command.length === 0) throw errors.E_KEY_COMMAND({ problem: 'it is empty' });
  // sshd takes \" for a quote there, and every other backslash as it stands.
  const quoted = line.command.map(shellWord).join(' ').replaceAll('"', '\\"');
  return `command="exec ${quoted}",restrict ${[type, base64, comment].filter((word) => word !== '').join(' ')}`;
}

/** One argument as one word of a POSIX shell: sshd gives the command to the user's login shell. */
function shellWord(argument: string): string {
  if (/[\0\n\r]/.test(argument))
    throw errors.E_KEY_COMMAND({ problem: 'an argument has a line break or NUL' });
  if (/^[\w@%+:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
