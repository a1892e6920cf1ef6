import { describe, expect, it } from 'vitest';
import { isLocked, portOf, type SshdSettings, sshdConfig } from '../../../cli/dev/sshd-config.ts';

const settings: SshdSettings = {
  dir: '/srv/demo/ssh',
  port: 2222,
  user: 'git',
  hostKey: '/srv/demo/ssh/host_key',
  authorizedKeys: '/srv/demo/ssh/authorized_keys',
};

/** Option → value; an option given twice would be a mistake, for sshd takes the first. */
function options(text: string): Record<string, string> {
  const pairs = text
    .trimEnd()
    .split('\n')
    .map((line) => /^(\S+) (.+)$/.exec(line)?.slice(1) as [string, string]);
  expect(new Set(pairs.map(([option]) => option)).size).toBe(pairs.length);
  return Object.fromEntries(pairs);
}

describe('sshdConfig', () => {
  it('listens on loopback only and lets in one user, with a key only', () => {
    expect(options(sshdConfig(settings))).toMatchObject({
      ListenAddress: '127.0.0.1',
      Port: '2222',
      AllowUsers: 'git',
      AuthenticationMethods: 'publickey',
      PasswordAuthentication: 'no',
      KbdInteractiveAuthentication: 'no',
      PermitRootLogin: 'no',
      UsePAM: 'no',
    });
  });

  it('forwards nothing, gives no terminal and runs nothing of the user’s', () => {
    expect(options(sshdConfig(settings))).toMatchObject({
      DisableForwarding: 'yes',
      AllowTcpForwarding: 'no',
      AllowStreamLocalForwarding: 'no',
      AllowAgentForwarding: 'no',
      X11Forwarding: 'no',
      PermitTunnel: 'no',
      PermitTTY: 'no',
      PermitUserRC: 'no',
      SetEnv: 'SHLVL=1',
      PermitUserEnvironment: 'no',
      AcceptEnv: 'GIT_PROTOCOL',
    });
  });

  it('allows root nothing but a forced command', () => {
    expect(options(sshdConfig({ ...settings, user: 'root' }))).toMatchObject({
      PermitRootLogin: 'forced-commands-only',
    });
  });

  it('asks PAM where the password is locked', () => {
    expect(options(sshdConfig({ ...settings, usePam: true }))).toMatchObject({ UsePAM: 'yes' });
  });

  it('quotes paths, and escapes % where sshd expands it', () => {
    const text = sshdConfig({ ...settings, dir: '/a b', hostKey: '/a b/#k%h', authorizedKeys: '/a b/100%u' });
    expect(options(text)).toMatchObject({
      PidFile: '"/a b/sshd.pid"',
      HostKey: '"/a b/#k%h"',
      AuthorizedKeysFile: '"/a b/100%%u"',
    });
  });

  it.each<{ what: string; change: Partial<SshdSettings> }>([
    { what: 'a line break in a path', change: { hostKey: '/a\nPermitTTY yes' } },
    { what: 'a quote in a path', change: { authorizedKeys: '/a" b' } },
    { what: 'a backslash in a path', change: { dir: '/a\\' } },
    { what: 'a relative path', change: { hostKey: 'key' } },
    { what: 'port 0', change: { port: 0 } },
    { what: 'a port above 65535', change: { port: 65536 } },
    { what: 'half a port', change: { port: 22.5 } },
    { what: 'a pattern as user', change: { user: '*' } },
    { what: 'two users', change: { user: 'git root' } },
    { what: 'a user at a host', change: { user: 'git@evil' } },
    { what: 'a user with a line break', change: { user: 'git\nPermitTTY yes' } },
    { what: 'no user', change: { user: '' } },
  ])('refuses $what', ({ change }) => {
    expect(() => sshdConfig({ ...settings, ...change })).toThrow(
      expect.objectContaining({ code: 'E_SSHD_VALUE' }),
    );
  });
});

describe('portOf', () => {
  it('reads the port back', () => {
    expect(portOf(sshdConfig(settings))).toBe(2222);
    expect(portOf('')).toBeUndefined();
  });
});

describe('isLocked', () => {
  const shadow = 'root:*:1:0:::::\ngit:!:2:0:::::\nweb:!$y$abc:2:0:::::\nann:$y$!x:2:0:::::\nopen::2:::::\n';
  it.each([
    { user: 'root', locked: false },
    { user: 'git', locked: true },
    { user: 'web', locked: true },
    { user: 'ann', locked: false },
    { user: 'open', locked: false },
    { user: 'gi', locked: false },
    { user: 'nobody', locked: false },
  ])('is $locked for $user', ({ user, locked }) => {
    expect(isLocked(shadow, user)).toBe(locked);
  });
});
