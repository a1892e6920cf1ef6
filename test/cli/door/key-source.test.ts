import { Readable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKeyFile, readKeyFile } from '../../../cli/door/key-source.ts';

const ed25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIFbQJeTYzBfTwmD5N5QyPKmfYQ4ecdFDzf13coRuTBmM';
const line = `ssh-ed25519 ${ed25519} me@home`;
const refused = (problem: string | RegExp) =>
  expect.objectContaining({ code: 'E_PUBLIC_KEY', message: expect.stringMatching(problem) });

describe('a public key file', () => {
  it.each([
    { what: 'the line alone', file: line },
    { what: 'a trailing newline', file: `${line}\n` },
    { what: 'CRLF', file: `\r\n${line}\r\n` },
    { what: 'a byte order mark', file: `\ufeff${line}\n` },
    { what: 'blank lines and comments', file: `# my key\n\n \t\n  # more\n${line}\n\n#end` },
    { what: 'blanks around it', file: `  ${line} \t\n` },
  ])('is its one key: with $what', ({ file }) => {
    expect(parseKeyFile(Buffer.from(file))).toEqual({
      type: 'ssh-ed25519',
      base64: ed25519,
      comment: 'me@home',
      // As ssh-keygen -l shows it.
      fingerprint: 'SHA256:CEmDl330XB6IZXfEbDvAr/6Sn5V2IC9XfbPrg8kXyEI',
    });
  });

  it.each([
    { what: 'nothing', file: '', problem: 'no key' },
    { what: 'comments only', file: `# ${line}\n`, problem: 'no key' },
    { what: 'two keys', file: `${line}\n${line}\n`, problem: '2 lines' },
    { what: 'a key and other text', file: `${line}\nhello\n`, problem: '2 lines' },
    { what: 'options before it', file: `no-pty ${line}`, problem: 'without options' },
    { what: 'a command before it', file: `command="sh" ${line}`, problem: 'without options' },
    { what: 'a carriage return in it', file: `${line}\rssh-rsa AAAA`, problem: 'control characters' },
    { what: 'a NUL in it', file: `${line}\0`, problem: 'control characters' },
    { what: 'an escape sequence in it', file: `${line} \u001b[2J`, problem: 'control characters' },
    { what: 'a line separator in it', file: `${line}\u2028x`, problem: 'control characters' },
    { what: 'a certificate', file: `ssh-ed25519-cert-v01@openssh.com ${ed25519}`, problem: 'certificate' },
    { what: 'a DSA key', file: `ssh-dss ${ed25519}`, problem: 'DSA' },
    {
      what: 'an OpenSSH private key',
      file: '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n',
      problem: 'private key',
    },
    {
      what: 'an old private key',
      file: '-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n',
      problem: 'private key',
    },
    {
      what: "PuTTY's private key",
      file: 'PuTTY-User-Key-File-3: ssh-ed25519\nc2VjcmV0\n',
      problem: 'private key',
    },
    {
      what: 'the format of RFC 4716',
      file: '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n',
      problem: 'another format',
    },
    { what: 'PEM', file: '-----BEGIN PUBLIC KEY-----\nAAAA\n', problem: 'another format' },
    { what: 'more than 16 KB', file: `${line}${' '.repeat(16 * 1024)}`, problem: '16 KB' },
  ])('is refused with $what, and nothing of it is repeated', ({ file, problem }) => {
    const attempt = () => parseKeyFile(Buffer.from(file));
    expect(attempt).toThrow(refused(problem));
    expect(attempt).not.toThrow(/c2VjcmV0/);
  });

  it('is refused where it is not UTF-8', () => {
    expect(() => parseKeyFile(Buffer.from(`\ufeff${line}`, 'utf16le'))).toThrow(refused('UTF-8'));
  });

  it('is not read to its end where it has none', async () => {
    let given = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          given += 1024;
          yield Buffer.alloc(1024, 'x');
        }
      })(),
    );
    await expect(readKeyFile(endless)).rejects.toThrow(refused('16 KB'));
    expect(given).toBeLessThan(64 * 1024);
  });

  it('gives one line of printable words or is refused, whatever is in it', () => {
    const noise = fc.oneof(
      fc.constantFrom(
        line,
        'ssh-ed25519',
        ed25519,
        '\n',
        '\r',
        ' ',
        '#',
        '"',
        ',',
        '\0',
        'command="x"',
        '\ufeff',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 6 }), (parts) => {
        let key: ReturnType<typeof parseKeyFile>;
        try {
          key = parseKeyFile(Buffer.from(parts.join('')));
        } catch (error) {
          expect(error).toMatchObject({ code: 'E_PUBLIC_KEY' });
          return;
        }
        expect(key).toMatchObject({ type: 'ssh-ed25519', base64: ed25519 });
        expect(key.comment).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 5_000 },
    );
  });
});
