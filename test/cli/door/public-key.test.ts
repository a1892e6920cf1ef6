import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../../cli/door/public-key.ts';

type Field = string | Buffer;

/** A key's inside: each field with its length before it. */
function blob(...fields: Field[]): string {
  const parts = fields.flatMap((field) => {
    const bytes = Buffer.from(field as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts).toString('base64');
}

const modulus = (bits: number) => Buffer.concat([Buffer.alloc(1), Buffer.alloc(bits / 8, 0xff)]);
const exponent = Buffer.from([1, 0, 1]);
const ed25519 = blob('ssh-ed25519', Buffer.alloc(32, 7));

describe('parsePublicKey', () => {
  it.each([
    { type: 'ssh-ed25519', base64: ed25519 },
    { type: 'ecdsa-sha2-nistp256', base64: blob('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4)) },
    { type: 'ecdsa-sha2-nistp384', base64: blob('ecdsa-sha2-nistp384', 'nistp384', Buffer.alloc(97, 4)) },
    { type: 'ecdsa-sha2-nistp521', base64: blob('ecdsa-sha2-nistp521', 'nistp521', Buffer.alloc(133, 4)) },
    { type: 'ssh-rsa', base64: blob('ssh-rsa', exponent, modulus(2048)) },
    {
      type: 'sk-ssh-ed25519@openssh.com',
      base64: blob('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:'),
    },
    {
      type: 'sk-ecdsa-sha2-nistp256@openssh.com',
      base64: blob('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', Buffer.alloc(65, 4), 'ssh:'),
    },
  ])('accepts $type, with and without a comment', ({ type, base64 }) => {
    expect(parsePublicKey(`${type} ${base64} me at home\n`)).toEqual({ type, base64, comment: 'me at home' });
    expect(parsePublicKey(`${type}\t${base64}`)).toEqual({ type, base64, comment: '' });
  });

  it.each([
    { why: 'it is empty', line: '' },
    { why: 'options stand before it', line: `command="sh" ssh-ed25519 ${ed25519}` },
    { why: 'it is two lines', line: `ssh-ed25519 ${ed25519}\nssh-ed25519 ${ed25519}` },
    { why: 'a carriage return is in it', line: `ssh-ed25519 ${ed25519} a\rb` },
    { why: 'an escape sequence is in its comment', line: `ssh-ed25519 ${ed25519} \u001b[31m` },
    { why: 'its type is not accepted', line: `ssh-dss ${blob('ssh-dss', 'x')}` },
    { why: 'its type is a property of all objects', line: `constructor ${blob('constructor')}` },
    { why: 'its type is a certificate', line: `ssh-ed25519-cert-v01@openssh.com ${ed25519}` },
    { why: 'it is not base64', line: 'ssh-ed25519 AAAA*C3Nz' },
    { why: 'its base64 is not canonical', line: `ssh-ed25519 ${ed25519}=` },
    { why: 'the type inside is another', line: `ssh-ed25519 ${blob('ssh-rsa', Buffer.alloc(32, 7))}` },
    { why: 'the key is too short', line: `ssh-ed25519 ${blob('ssh-ed25519', Buffer.alloc(31))}` },
    {
      why: 'something follows the key inside',
      line: `ssh-ed25519 ${blob('ssh-ed25519', Buffer.alloc(32), 'more')}`,
    },
    {
      why: 'a length inside goes beyond its end',
      line: `ssh-ed25519 ${Buffer.from(ed25519, 'base64').subarray(0, -1).toString('base64')}`,
    },
    {
      why: 'the curve inside is another',
      line: `ecdsa-sha2-nistp256 ${blob('ecdsa-sha2-nistp256', 'nistp384', Buffer.alloc(65))}`,
    },
    { why: 'RSA has too few bits', line: `ssh-rsa ${blob('ssh-rsa', exponent, modulus(1024))}` },
    { why: 'RSA has one bit too few', line: `ssh-rsa ${blob('ssh-rsa', exponent, Buffer.alloc(256, 0x7f))}` },
    { why: 'it is a private key', line: '-----BEGIN OPENSSH PRIVATE KEY-----' },
  ])('refuses a line when $why', ({ line }) => {
    expect(() => parsePublicKey(line)).toThrow(expect.objectContaining({ code: 'E_PUBLIC_KEY' }));
  });
});
