import { describe, expect, it } from 'vitest';
import { judgeSsh, mendablePlaces, type SshFacts } from '../../../cli/door/judge-ssh.ts';
import type { SshdSettings } from '../../../cli/door/sshd-settings.ts';
import { parseKeyName } from '../../../core/index.ts';

const file = '/home/git/.ssh/authorized_keys';
const settings: SshdSettings = {
  addresses: [
    { host: '::', port: 22 },
    { host: '0.0.0.0', port: 22 },
  ],
  hostKeys: [],
  takesKeys: true,
  authorizedKeys: '.ssh/authorized_keys',
  strictModes: true,
  allowUsers: [],
  denyUsers: [],
  allowGroups: [],
  denyGroups: [],
};
const key = (path: string, mode = 0o600) => ({ path, found: { uid: 0, mode } });
const well: SshFacts = {
  user: { name: 'git', uid: 998, home: '/home/git', shell: '/bin/sh', groups: ['git', 'docker'] },
  keys: [{ name: parseKeyName('ann') }],
  sshd: '/usr/sbin/sshd',
  config: '/etc/ssh/sshd_config',
  systemd: true,
  settings,
  answers: 'sshd',
  hostKeys: [key('/etc/ssh/rsa'), key('/etc/ssh/ed25519')],
  file,
  places: [
    { path: file, uid: 998, mode: 0o600 },
    { path: '/home/git/.ssh', uid: 998, mode: 0o700 },
    { path: '/home/git', uid: 998, mode: 0o755 },
  ],
  shadowed: [],
};
const judged = (more: Partial<SshFacts>) =>
  judgeSsh({ ...well, ...more }).map(({ state, message, hint }) => [state, message, hint]);
const states = (more: Partial<SshFacts>) => judged(more).map(([state]) => state);
const withSettings = (more: Partial<SshdSettings>) => judged({ settings: { ...settings, ...more } });
const reload = 'systemctl reload ssh';
const matched = (line: string) =>
  `Write "Match User git" and below it "${line}" into /etc/ssh/sshd_config, then: ${reload}`;

describe('an sshd', () => {
  it('is well where it answers, reads the file, and runs nothing else', () => {
    expect(judged({})).toEqual([['ok', `sshd answers, and lets the keys of ${file} in.`, undefined]]);
  });

  it.each<[string, Partial<SshFacts>, string]>([
    ['systemd', {}, 'systemctl restart ssh'],
    ['no systemd', { systemd: false }, 'mkdir -p /run/sshd && /usr/sbin/sshd'],
    ['one of its own', { config: '/i/ssh/sshd_config' }, '/usr/sbin/sshd -f /i/ssh/sshd_config'],
  ])('that does not answer is started: %s', (_what, more, hint) => {
    expect(judged({ answers: 'nobody', ...more })).toEqual([
      ['failed', 'sshd does not answer at port 22.', hint],
    ]);
  });

  it('that is not installed is missing to who has a key, and to nobody else', () => {
    const { sshd: _, ...without } = { ...well, answers: 'nobody', hostKeys: [] } as const;
    const told = (facts: SshFacts) => judgeSsh(facts).map(({ message, hint }) => [message, hint]);
    expect(told(without)).toEqual([['sshd is not installed.', 'apt-get install openssh-server']]);
    expect(judgeSsh({ ...without, keys: [] })).toMatchObject([{ state: 'ok' }]);
  });

  it('is not what somebody else answers with', () => {
    expect(judged({ answers: 'somebody else' })).toEqual([
      ['failed', 'What answers at port 22 is no sshd.', expect.stringContaining('ss -ltnp')],
    ]);
  });

  it('is asked of what can be seen where its settings cannot be read', () => {
    const unread = { settings: { problem: 'what it goes by git cannot read (no)', isHidden: false } };
    expect(judged(unread)).toEqual([['ok', expect.stringContaining('git cannot read (no)'), undefined]]);
    expect(states({ ...unread, answers: 'nobody' })).toEqual(['failed']);
  });

  it.each(['nobody', 'somebody else'] as const)(
    'that may listen and have its keys anywhere is not said to be wrong where %s answers',
    (answers) => {
      const hidden = { problem: 'what it goes by git cannot read (no)', isHidden: true };
      expect(judged({ settings: hidden, answers, hostKeys: [{ path: '/etc/ssh/rsa' }] })).toEqual([
        ['warning', expect.stringMatching(/port 22;.*git cannot read/), expect.stringContaining('ss -ltnp')],
      ]);
    },
  );

  it('is nobody’s need before a key is let in, but who may write there is', () => {
    const none = { keys: [], answers: 'nobody', hostKeys: [] } as const;
    expect(judged(none)).toEqual([['ok', 'No key is let in yet, so nobody needs sshd.', undefined]]);
    const open = { ...none, places: [{ path: file, uid: 998, mode: 0o666 }] };
    expect(judged(open)).toEqual([['failed', `${file} can be written by others.`, 'octo doctor --fix']]);
  });
});

describe('its host keys', () => {
  it('are enough with one where none is named', () => {
    expect(states({ hostKeys: [{ path: '/etc/ssh/rsa' }, key('/etc/ssh/ed25519')] })).toEqual(['ok']);
    expect(judged({ hostKeys: [{ path: '/etc/ssh/rsa' }] })).toEqual([
      ['failed', 'The host key /etc/ssh/rsa is not there.', 'ssh-keygen -A'],
    ]);
  });

  it('are all there that are named, and for its eyes alone', () => {
    const named = { settings: { ...settings, hostKeys: ['/k/a', '/k/b'] } };
    expect(judged({ ...named, hostKeys: [key('/k/a'), { path: '/k/b' }] })).toEqual([
      ['warning', 'The host key /k/b is not there.', "ssh-keygen -q -t ed25519 -N '' -f /k/b"],
    ]);
    expect(judged({ ...named, hostKeys: [key('/k/a', 0o644)] })).toEqual([
      ['failed', 'The host key /k/a can be read by others, so sshd does not take it.', 'chmod 600 /k/a'],
    ]);
  });
});

describe('what it goes by', () => {
  it('takes keys', () => {
    expect(withSettings({ takesKeys: false })).toEqual([
      [
        'failed',
        'sshd takes no keys at all.',
        `Write "PubkeyAuthentication yes" into /etc/ssh/sshd_config, then: ${reload}`,
      ],
    ]);
  });

  it('names the file that octohost writes', () => {
    expect(withSettings({ authorizedKeys: '/etc/ssh/keys' })).toEqual([
      ['failed', expect.stringContaining('from /etc/ssh/keys'), matched(`AuthorizedKeysFile ${file}`)],
    ]);
  });

  it('names a file at all', () => {
    expect(withSettings({ authorizedKeys: '' })).toEqual([
      ['failed', expect.stringContaining('from no file, and'), matched(`AuthorizedKeysFile ${file}`)],
    ]);
  });

  it('runs no command in the place of octohost’s', () => {
    expect(withSettings({ forcedCommand: 'internal-sftp' })).toEqual([
      ['failed', "sshd runs internal-sftp in the place of octohost's command.", matched('ForceCommand none')],
    ]);
  });

  it('asks no program for keys that are not held to octohost’s command', () => {
    expect(withSettings({ keysCommand: '/usr/bin/keys' })).toEqual([
      ['warning', expect.stringContaining('asks /usr/bin/keys'), matched('AuthorizedKeysCommand none')],
    ]);
  });

  it.each<[Partial<SshdSettings>, boolean]>([
    [{ allowUsers: ['ann', 'bob'] }, false],
    [{ allowUsers: ['ann', 'g?t'] }, true],
    [{ allowUsers: ['*@10.0.0.0/8'] }, true],
    [{ denyUsers: ['git'] }, false],
    [{ denyUsers: ['g.t', 'ann'] }, true],
    [{ allowUsers: ['git'], denyUsers: ['gi*'] }, false],
    [{ denyUsers: ['*@203.0.113.*', 'git@10.0.0.1'] }, true],
  ])('lets the user in: %j', (more, isLetIn) => {
    expect(withSettings(more).map(([, message]) => message)).toEqual([
      isLetIn ? expect.stringContaining('sshd answers') : 'sshd does not let the user git in.',
    ]);
  });

  it.each<[Partial<SshdSettings>, boolean]>([
    [{ allowGroups: ['admins', 'ssh-*'] }, false],
    [{ allowGroups: ['admins', 'dock*'] }, true],
    [{ denyGroups: ['docker'] }, false],
    [{ denyGroups: ['admins'] }, true],
  ])('lets one of its groups in: %j', (more, isLetIn) => {
    expect(withSettings(more).map(([, message]) => message)).toEqual([
      isLetIn
        ? expect.stringContaining('sshd answers')
        : 'sshd does not let the groups of git in: git, docker.',
    ]);
  });

  it('is run by a shell that runs commands', () => {
    expect(judged({ user: { ...well.user, shell: '/usr/sbin/nologin' } })).toEqual([
      ['failed', expect.stringContaining('/usr/sbin/nologin'), 'usermod --shell /bin/sh git'],
    ]);
  });
});

describe('the file of keys', () => {
  const at = (path: string, uid: number, mode: number) => ({ places: [{ path, uid, mode }] });

  it.each([
    ['the file', at(file, 998, 0o620), 'can be written by others', 'octo doctor --fix'],
    ['its folder', at('/home/git/.ssh', 998, 0o777), 'can be written by others', 'octo doctor --fix'],
    ['a folder of the system', at('/srv', 0, 0o777), 'can be written by others', 'chmod go-w /srv'],
    ['a file of somebody', at(file, 1000, 0o600), 'belongs neither to git nor to root', `chown git: ${file}`],
  ])('is nobody else’s to write: %s', (_what, more, text, hint) => {
    expect(judged(more)).toEqual([['failed', expect.stringContaining(text), hint]]);
  });

  it('is mended in the home alone, and where it is the user’s', () => {
    const places = [
      { path: '/data/keys', uid: 0, mode: 0o666 },
      { path: '/data', uid: 0, mode: 0o777 },
      { path: '/tmp', uid: 0, mode: 0o1777 },
    ];
    const user = { ...well.user, uid: 0, home: '/root' };
    expect(mendablePlaces({ user, file: '/data/keys', places })).toEqual(['/data/keys']);
    expect(mendablePlaces({ user: well.user, file: '/data/keys', places })).toEqual([]);
  });

  it('has no line before octohost’s own for one of its keys', () => {
    expect(judged({ shadowed: [{ name: parseKeyName('ann'), line: 3 }] })).toEqual([
      ['failed', expect.stringContaining('the key of ann'), `sed -i 3d ${file}`],
    ]);
  });

  it('has several taken away from below, so that each line has its number until then', () => {
    const shadowed = [1, 3].map((line) => ({ name: parseKeyName(`key${line}`), line }));
    expect(judged({ shadowed }).map(([, , hint]) => hint)).toEqual([
      `sed -i 3d ${file}`,
      `sed -i 1d ${file}`,
    ]);
  });
});
