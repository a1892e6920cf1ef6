/** What an ssh client asks for, and keys. */
import * as fc from 'fast-check';
import { authorizedKeysLine } from '../../../cli/door/authorized-keys.ts';
import { isWhole, parseHookRequest } from '../../../cli/door/hook-request.ts';
import { parseKeyFile } from '../../../cli/door/key-source.ts';
import { parsePublicKey } from '../../../cli/door/public-key.ts';
import { parseSshCommand } from '../../../cli/door/ssh-command.ts';
import { type Address, resolveAddress } from '../../../cli/door/submodule-address.ts';
import { settingNames, settingValues } from '../../../cli/setting-words.ts';
import type { SiteName } from '../../../core/grammar.ts';
import { type Door, door, enterBy, must } from '../door.ts';
import { bytes, lines, spoiled } from '../inputs.ts';
import { mustBeSite } from './names.ts';

/** Nothing was put in the place of what came: every letter of a word stands in the text, in this order. */
function mustComeFrom(text: string, word: string): void {
  let at = 0;
  for (const sign of word) {
    at = text.indexOf(sign, at);
    must(at !== -1, 'a word that did not come in', word, text);
    at += sign.length;
  }
}

const key = `ssh-ed25519 ${Buffer.concat([
  Buffer.from([0, 0, 0, 11]),
  Buffer.from('ssh-ed25519'),
  Buffer.from([0, 0, 0, 32]),
  Buffer.alloc(32, 7),
]).toString('base64')} alice@home`;

const here: Address = { kind: 'here', repository: 'app' as SiteName };
const rules = { sameHost: true, urls: ['https://git.example.com/team'], hosts: ['octo.example.com'] };
const zeros = '0'.repeat(40);

export const commands: readonly Door[] = [
  door({
    name: 'ssh command',
    input: spoiled(
      "git-receive-pack '/app.git'",
      "git-upload-pack 'app'",
      'octo config:set app/KEY "a b"',
      'status app',
    ),
    cases: [
      "git-receive-pack '/app.git'",
      '',
      'sh',
      'bash -i',
      "git-receive-pack '/../../etc.git'",
      "git-receive-pack '/app.git' --template=/tmp",
      "git-receive-pack 'app' ; touch harm",
      "git-upload-pack '$(touch harm)'",
      "git-upload-archive '/app.git'",
      "git-lfs-authenticate 'app' download",
      'git-shell',
      'scp -t /etc',
      '/usr/lib/openssh/sftp-server',
      "internal-sftp'",
      'octo "open',
      'octo status\nrm -rf /',
      'config:set app/A $(touch harm)',
      'x'.repeat(1_000_000),
    ],
    enter: enterBy(
      (text: string) => parseSshCommand(text),
      (command, text) => {
        if (command.service !== 'octo') {
          must(['receive-pack', 'upload-pack'].includes(command.service), 'no service', command);
          mustBeSite(command.repository);
        } else for (const word of command.words) if (text.trim() !== 'octo') mustComeFrom(text, word);
      },
    ),
  }),
  door({
    name: 'words of a setting',
    input: fc.tuple(
      spoiled('app/KEY', 'app'),
      fc.array(spoiled('KEY=value', 'value', '-'), { maxLength: 3 }),
    ),
    cases: [
      ['app', ['KEY=value']],
      ['../app/KEY', ['x']],
      ['app/../shop/KEY', ['x']],
      ['app', ['=x']],
      ['app/KEY', ['$(touch harm)']],
    ],
    enter: enterBy(
      ([target, words]: [string, string[]]) => settingValues(target, words),
      ({ site, values }, [, words]) => {
        mustBeSite(site);
        for (const [name, value] of Object.entries(values)) {
          must(/^\w{1,128}$/.test(name), 'no name', name);
          must(
            words.some((word) => word.endsWith(value)),
            'another value',
            value,
          );
        }
      },
    ),
  }),
  door({
    name: 'names of settings',
    input: fc.tuple(spoiled('app/KEY', 'app'), fc.array(spoiled('KEY', 'OTHER'), { maxLength: 3 })),
    cases: [
      ['app/KEY', []],
      ['app', ['../x']],
    ],
    enter: enterBy(
      ([target, words]: [string, string[]]) => settingNames(target, words),
      ({ keys }) => must(keys.length > 0 && keys.every((name) => /^\w{1,128}$/.test(name)), 'no name', keys),
    ),
  }),
  door({
    name: 'ssh key',
    input: spoiled(key, key.replace(/ alice.*/, '')),
    cases: [
      key,
      `command="sh" ${key}`,
      `no-pty,environment="A=B" ${key}`,
      `${key}\nssh-ed25519 AAAA evil`,
      `${key}\r${key}`,
      `${key}\u2028${key}`,
      key.replace('ssh-ed25519', 'ssh-rsa'),
      key.replace('ssh-ed25519 ', 'ssh-ed25519-cert-v01@openssh.com '),
      'ssh-dss AAAA x',
      'ssh-ed25519 AAAA',
      `${key.slice(0, -1)}\0`,
      'x'.repeat(1_000_000),
    ],
    enter: enterBy(
      (text: string) => {
        parsePublicKey(text);
        return authorizedKeysLine({ command: ['/opt/octo', 'door:serve', '--key', 'alice'], key: text });
      },
      (line) => {
        const head = 'command="exec /opt/octo door:serve --key alice",restrict ssh-';
        must(
          line.startsWith(head) ||
            line.startsWith(head.replace(/ssh-$/, 'sk-')) ||
            line.startsWith(head.replace(/ssh-$/, 'ecdsa-')),
          'no forced command',
          line,
        );
        must(!/[\n\r\0\u2028\u2029]/.test(line), 'more than one line', line);
      },
    ),
  }),
  door({
    name: 'file of an ssh key',
    input: bytes(lines(spoiled(key, '# a comment', ''), 3)),
    cases: [
      Buffer.from(`\uFEFF${key}\n`),
      Buffer.from(`\uFEFF\uFEFF${key}\n`),
      Buffer.from([0xff, 0xfe, 0x73, 0x00]),
      Buffer.from(`${key}\n${key}\n`),
      Buffer.from(`${key}\0`),
      Buffer.alloc(0),
      Buffer.alloc(1_000_000, 'x'),
      Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n'),
    ],
    enter: enterBy(parseKeyFile, ({ type, base64, comment, fingerprint }) => {
      must(/^[a-z0-9@.-]+$/.test(type) && /^[\w+/]+=*$/.test(base64), 'no key', type, base64);
      must(!/\p{Cc}|[\u2028\u2029]/u.test(comment), 'more than one line', comment);
      must(/^SHA256:[\w+/]{43}$/.test(fingerprint), 'no fingerprint', fingerprint);
    }),
  }),
  door({
    name: 'words of a forced command',
    input: fc.array(spoiled('/opt/octo', '--config', '/etc/octohost.config.ts'), {
      minLength: 1,
      maxLength: 4,
    }),
    cases: [['/opt/octo'], ['a"b'], ["a'b"], ['a\nb'], ['$(touch harm)'], ['\\"']],
    enter: enterBy(
      (command: string[]) => authorizedKeysLine({ command, key }),
      (line, command) => {
        must(!/[\n\r\0]/.test(line), 'more than one line', line);
        // What sshd takes for the command: up to the first quote that has no backslash before it.
        const given = /^command="((?:\\"|[^"])*)",restrict /.exec(line)?.[1]?.replaceAll('\\"', '"') ?? '';
        must(
          wordsOfShell(given).join('\0') === ['exec', ...command].join('\0'),
          'other words',
          given,
          command,
        );
      },
    ),
  }),
  door({
    name: 'what the hook hands over',
    input: lines(spoiled(`${zeros} ${zeros} refs/heads/main`)).map(
      (text) => `GIT_PUSH_OPTION_COUNT=1\0GIT_PUSH_OPTION_0=x\0\0${text}\n.\n`,
    ),
    cases: [
      `\0\0${zeros} ${zeros} refs/heads/main\n.\n`,
      `GIT_DIR=/etc\0\0${zeros} ${zeros} refs/heads/main\n.\n`,
      `\0\0x y z\n.\n`,
    ],
    enter(text) {
      // Nothing is read of it before its end has come.
      return isWhole(text) ? enterHookRequest(text) : 'refused';
    },
  }),
  door({
    name: 'address of a submodule',
    input: spoiled(
      'https://git.example.com/team/a',
      '../other.git',
      'git@octo.example.com:other.git',
      'ssh://octo.example.com/other',
    ),
    cases: [
      'https://git.example.com/team/a',
      'file:///etc',
      '/etc',
      'ext::sh -c touch% harm',
      '../../../etc',
      '--upload-pack=touch',
      '-oProxyCommand=touch:x',
      'https://user:pass@git.example.com/team/a',
      'https://git.example.com/team/../other',
      'https://git.example.com/teamevil',
      'https://git.example.com@evil/team/a',
      'https://git.example.com/team/%2e%2e/other',
      'https://git.example.com\\@evil/team',
      'http://169.254.169.254/',
    ],
    enter(text) {
      const address = resolveAddress(text, here, rules);
      if (!address) return 'refused';
      if (address.kind === 'here') mustBeSite(address.repository);
      else {
        must(/^https:\/\/git\.example\.com\/team(?:\/|\.git|$)/.test(address.url), 'not allowed', address);
        must(
          !/\/\.\.(?:\/|$)|%(?:2e|2f|5c|25|[01])|\\|\s/i.test(address.url),
          'something else in it',
          address,
        );
      }
      return 'harmless';
    },
  }),
];

const enterHookRequest = enterBy(parseHookRequest, ({ updates, environment }) => {
  for (const { before, after } of updates)
    must(/^[0-9a-f]{40,64}$/.test(before) && /^[0-9a-f]{40,64}$/.test(after), 'no revision');
  must(
    Object.keys(environment).every((name) => name.startsWith('GIT_')),
    'a variable',
    environment,
  );
});

/** The words of a POSIX shell's command line of plain words and single quotes, as dash reads it. */
function wordsOfShell(line: string): string[] {
  const found = line.match(/(?:'[^']*'|\\'|[^\s'\\])+/g) ?? [];
  return found.map((word) => word.replaceAll(/'([^']*)'|\\'/g, (_all, inner?: string) => inner ?? "'"));
}
