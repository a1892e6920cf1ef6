import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { authorizedKeysLine } from '../../../cli/door/authorized-keys.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFbQJeTYzBfTwmD5N5QyPKmfYQ4ecdFDzf13coRuTBmM me@home';

/** The command of a line as sshd reads it: up to the first bare quote, with \" for a quote; without its `exec`. */
function commandOf(line: string): string {
  const quoted = /^command="((?:\\"|[^"])*)",restrict ssh-ed25519 \S+ me@home$/.exec(line)?.[1];
  if (quoted === undefined) throw new Error(`no command in ${line}`);
  const command = quoted.replaceAll('\\"', '"');
  expect(command).toMatch(/^exec /);
  return command.slice('exec '.length);
}

/** What a POSIX shell makes of a command's words. */
function wordsOf(command: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

describe('authorizedKeysLine', () => {
  it.each([
    { what: 'plain words', command: ['/usr/bin/octo', 'serve', '--key=me'] },
    { what: 'spaces', command: ['/opt/my programs/octo', 'a  b', ' '] },
    { what: 'an empty word', command: ['octo', '', 'x'] },
    { what: 'single quotes', command: ["it's", "'", "''a'"] },
    { what: 'double quotes', command: ['say "hi"', '"', '",restrict'] },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's, not ours
    { what: 'dollars and backticks', command: ['$HOME', '`id`', '$(id)', '${x}'] },
    { what: 'backslashes', command: ['\\', 'a\\b', '\\"', 'end\\'] },
    { what: 'shell operators', command: ['a;b', 'a&b', 'a|b', '>x', '*', '~', '#c', '!x'] },
    { what: 'tabs and other languages', command: ['a\tb', 'Zoë', '日本'] },
  ])('lets $what reach the command unchanged', ({ command }) => {
    expect(wordsOf(commandOf(authorizedKeysLine({ command, key })))).toEqual(command);
  });

  it('leaves plain words readable', () => {
    expect(commandOf(authorizedKeysLine({ command: ['/usr/bin/octo', 'serve'], key }))).toBe(
      '/usr/bin/octo serve',
    );
  });

  it.each([
    { what: 'a line break', command: ['octo', 'a\nb'] },
    { what: 'a carriage return', command: ['octo', 'a\rb'] },
    { what: 'NUL', command: ['octo', 'a\0b'] },
    { what: 'nothing', command: [] },
  ])('refuses a command with $what', ({ command }) => {
    expect(() => authorizedKeysLine({ command, key })).toThrow(
      expect.objectContaining({ code: 'E_KEY_COMMAND' }),
    );
  });

  it.each([{ bad: `no-pty ${key}` }, { bad: `${key}\n${key}` }, { bad: '' }])(
    'refuses the key "$bad"',
    ({ bad }) => {
      expect(() => authorizedKeysLine({ command: ['octo'], key: bad })).toThrow(
        expect.objectContaining({ code: 'E_PUBLIC_KEY' }),
      );
    },
  );
});
