/** One line of an OpenSSH public key file, taken apart and checked as far as a key can be without its owner. */
import { createHash } from 'node:crypto';
import { errors } from './errors.ts';

/** A checked public key. */
export interface PublicKey {
  /** For instance `ssh-ed25519`. */
  type: string;
  /** The key itself, canonical base64. */
  base64: string;
  /** What stands after it, often `name@machine`; may be empty. */
  comment: string;
}

const minRsaBits = 2048;

/** The fields of each accepted type after its name (RFC 4253, 5656, 8709; OpenSSH's PROTOCOL.u2f). */
const fieldsOfType: Record<string, readonly ((field: Buffer) => boolean)[]> = {
  'ssh-ed25519': [bytes(32)],
  'ecdsa-sha2-nistp256': [text('nistp256'), bytes(65)],
  'ecdsa-sha2-nistp384': [text('nistp384'), bytes(97)],
  'ecdsa-sha2-nistp521': [text('nistp521'), bytes(133)],
  'ssh-rsa': [(exponent) => exponent.length > 0, (modulus) => bitsOf(modulus) >= minRsaBits],
  'sk-ssh-ed25519@openssh.com': [bytes(32), (application) => application.length > 0],
  'sk-ecdsa-sha2-nistp256@openssh.com': [
    text('nistp256'),
    bytes(65),
    (application) => application.length > 0,
  ],
};

/**
 * Reads `type base64 [comment]`, one line, without options before it.
 * @throws E_PUBLIC_KEY
 */
export function parsePublicKey(line: string): PublicKey {
  const trimmed = line.trim();
  if (/[\p{Cc}\u2028\u2029]/u.test(trimmed.replaceAll('\t', ' ')))
    refuse('it is more than one line, or has control characters');
  const [, type = '', base64 = '', comment = ''] = /^(\S+)[ \t]+(\S+)(?:[ \t]+(.*))?$/.exec(trimmed) ?? [];
  if (/-cert-v\d+@openssh\.com$/.test(type)) refuse('it is a certificate, not a key');
  if (type === 'ssh-dss') refuse('DSA keys are too weak');
  const fields = Object.hasOwn(fieldsOfType, type) ? fieldsOfType[type] : undefined;
  if (!fields)
    refuse(`a line begins with one of ${Object.keys(fieldsOfType).join(', ')}, without options before it`);
  const blob = Buffer.from(base64, 'base64');
  if (blob.toString('base64') !== base64) refuse('its second word is not base64');
  const [name, ...values] = readFields(blob);
  if (name?.toString('latin1') !== type) refuse(`the key inside is not of the type ${type}`);
  const right =
    values.length === fields.length && fields.every((isRight, index) => isRight(values[index] as Buffer));
  if (!right)
    refuse(type === 'ssh-rsa' ? `an RSA key needs ${minRsaBits} bits` : 'the key inside is damaged');
  return { type, base64, comment: comment.replaceAll('\t', ' ') };
}

/** `SHA256:…`, as `ssh-keygen -l` shows it. */
export function fingerprintOf(base64: string): string {
  const digest = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

/** A key blob is a row of fields, each with its length before it in four bytes; anything else gives no fields. */
function readFields(blob: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return [];
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return [];
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function bytes(length: number): (field: Buffer) => boolean {
  return (field) => field.length === length;
}

function text(expected: string): (field: Buffer) => boolean {
  return (field) => field.toString('latin1') === expected;
}

/** The length of a positive multiple-precision integer, leading zeros not counted. */
function bitsOf(integer: Buffer): number {
  const start = integer.findIndex((byte) => byte !== 0);
  return start < 0 ? 0 : (integer.length - start) * 8 - (Math.clz32(integer.readUInt8(start)) - 24);
}

function refuse(problem: string): never {
  throw errors.E_PUBLIC_KEY({ problem });
}
