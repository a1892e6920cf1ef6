import { describe, expect, it } from 'vitest';
import { errors } from '../../../cli/dev/program-errors.ts';
import { parseSshdSettings, readsKeysFrom, unreadSettings } from '../../../cli/door/sshd-settings.ts';

const git = { name: 'git', uid: 998, home: '/home/git' };
const own = '/tmp/x/key';
const printed = `port 22
listenaddress [::]:22
listenaddress 10.0.0.1:2222
hostkey /tmp/x/key
pubkeyauthentication yes
strictmodes yes
forcecommand none
authorizedkeyscommand none
authorizedkeyscommanduser none
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
`;

const parsed = (...more: readonly (readonly [string, string])[]) =>
  parseSshdSettings(
    more.reduce((text, [line, instead]) => text.replace(line, instead), printed),
    git,
    own,
  );

describe('what sshd -T prints', () => {
  it('is where it listens, and what counts for keys', () => {
    expect(parsed()).toEqual({
      addresses: [
        { host: '::', port: 22 },
        { host: '10.0.0.1', port: 2222 },
      ],
      hostKeys: [],
      takesKeys: true,
      authorizedKeys: '.ssh/authorized_keys .ssh/authorized_keys2',
      strictModes: true,
      allowUsers: [],
      denyUsers: [],
      allowGroups: [],
      denyGroups: [],
    });
  });

  it('is what keeps keys out, or lets others in', () => {
    const settings = parsed(
      ['pubkeyauthentication yes', 'pubkeyauthentication no'],
      ['strictmodes yes', 'strictmodes no'],
      ['forcecommand none', 'forcecommand internal-sftp -d /srv'],
      ['authorizedkeyscommand none', 'authorizedkeyscommand /usr/bin/sss_ssh_authorizedkeys %u'],
      [
        'hostkey',
        'hostkey /etc/ssh/mine\nallowusers ann\nallowusers git@10.0.0.0/8\ndenyusers bob\nallowgroups a\ndenygroups b\nhostkey',
      ],
    );
    expect(settings).toMatchObject({
      takesKeys: false,
      strictModes: false,
      forcedCommand: 'internal-sftp -d /srv',
      keysCommand: '/usr/bin/sss_ssh_authorizedkeys %u',
      hostKeys: ['/etc/ssh/mine'],
      allowUsers: ['ann', 'git@10.0.0.0/8'],
      denyUsers: ['bob'],
      allowGroups: ['a'],
      denyGroups: ['b'],
    });
  });
});

it.each([
  ['/etc/ssh/sshd_config: Permission denied', true],
  ['Missing privilege separation directory: /run/sshd', false],
])('an sshd that prints nothing has said why: %s', (said, isHidden) => {
  const error = errors.E_PROGRAM_FAILED({ program: 'sshd', args: ['-T'], lines: ['first', said] });
  expect(unreadSettings(error, git)).toEqual({
    problem: `what it goes by git cannot read (${said})`,
    isHidden,
  });
});

it.each([
  ['.ssh/authorized_keys', '/home/git/.ssh/authorized_keys', true],
  ['%h/.ssh/authorized_keys', '/home/git/.ssh/authorized_keys', true],
  ['/etc/ssh/keys/%u', '/etc/ssh/keys/git', true],
  ['/etc/ssh/%U%%', '/etc/ssh/998%', true],
  ['/a b/keys .ssh/other', '/a b/keys', true],
  ['/a b/keys .ssh/other', '/home/git/.ssh/other', true],
  ['.ssh/authorized_keys2', '/home/git/.ssh/authorized_keys', false],
  ['none', '/home/git/.ssh/authorized_keys', false],
])('AuthorizedKeysFile %s: whether %s is read is %s', (value, file, isRead) => {
  const settings = parsed(['.ssh/authorized_keys .ssh/authorized_keys2', value]);
  expect(readsKeysFrom(settings, file, git)).toBe(isRead);
});
