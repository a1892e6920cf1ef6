/** The configuration of a private sshd: pure. */
import { isAbsolute, join } from 'node:path';
import { errors } from './program-errors.ts';

/** What a private sshd is made of; all paths are absolute. */
export interface SshdSettings {
  /** Where its pid file is. */
  dir: string;
  /** On 127.0.0.1. */
  port: number;
  /** The only user it lets in. */
  user: string;
  /** The private host key's file. */
  hostKey: string;
  /** The file of the keys it lets in; the user must be able to read it. */
  authorizedKeys: string;
  /** True where the user's password is locked: sshd refuses such a user unless PAM decides. False by default. */
  usePam?: boolean;
}

/**
 * The text of sshd_config(5): keys only, one user, loopback only, no forwarding, no terminal.
 * @throws E_SSHD_VALUE
 */
export function sshdConfig(settings: SshdSettings): string {
  const { port, user } = settings;
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    refuse('Port', String(port), 'it is not from 1 to 65535');
  if (!/^[a-z_][a-z0-9_-]{0,31}$/i.test(user)) refuse('AllowUsers', user, 'it is not the name of a user');
  return `${lines(settings).join('\n')}\n`;
}

function lines({ dir, port, user, hostKey, authorizedKeys, usePam = false }: SshdSettings): string[] {
  return [
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${path('HostKey', hostKey)}`,
    `PidFile ${path('PidFile', join(dir, 'sshd.pid'))}`,
    // Here alone a percent sign begins a token of sshd's.
    `AuthorizedKeysFile ${path('AuthorizedKeysFile', authorizedKeys).replaceAll('%', '%%')}`,
    // The folder may be below one that others can write, such as /tmp; sshd would then refuse the file.
    'StrictModes no',
    `AllowUsers ${user}`,
    // A key of root's may run its forced command, nothing else.
    `PermitRootLogin ${user === 'root' ? 'forced-commands-only' : 'no'}`,
    'AuthenticationMethods publickey',
    'PubkeyAuthentication yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'HostbasedAuthentication no',
    'PermitEmptyPasswords no',
    `UsePAM ${usePam ? 'yes' : 'no'}`,
    'DisableForwarding yes',
    'AllowTcpForwarding no',
    'AllowStreamLocalForwarding no',
    'AllowAgentForwarding no',
    'X11Forwarding no',
    'GatewayPorts no',
    'PermitTunnel no',
    'PermitTTY no',
    'PermitUserRC no',
    'PermitUserEnvironment no',
    // bash runs .bashrc for a command over ssh unless it takes itself for a nested shell; what that prints breaks git.
    'SetEnv SHLVL=1',
    // git's version 2 protocol asks for it.
    'AcceptEnv GIT_PROTOCOL',
    'LoginGraceTime 30',
    'MaxAuthTries 6',
    'MaxStartups 20:30:100',
    'ClientAliveInterval 30',
    'ClientAliveCountMax 4',
    // An older one against quantum computers, which costs each push a tenth of a second; nobody records a loopback.
    'KexAlgorithms -sntrup*',
    'UseDNS no',
    'PrintMotd no',
    'PrintLastLog no',
    'LogLevel INFO',
  ];
}

/** A path in double quotes: spaces and # stand for themselves in them. */
function path(option: string, value: string): string {
  if (!isAbsolute(value)) refuse(option, value, 'it is not an absolute path');
  if (/[\p{Cc}"\\]/u.test(value)) refuse(option, value, 'it has a quote, a backslash or a control character');
  return `"${value}"`;
}

function refuse(option: string, value: string, problem: string): never {
  throw errors.E_SSHD_VALUE({ option, value, problem });
}

/** The port in a text that sshdConfig made. */
export function portOf(config: string): number | undefined {
  const port = /^Port (\d+)$/m.exec(config)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** True if this user's password is locked in the text of /etc/shadow (shadow(5)). */
export function isLocked(shadow: string, user: string): boolean {
  const entry = shadow.split('\n').find((line) => line.startsWith(`${user}:`));
  return entry?.split(':')[1]?.startsWith('!') ?? false;
}
