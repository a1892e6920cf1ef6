/** The file of a public key as somebody hands it over: one key, and nothing that is not a key. */
import type { Readable } from 'node:stream';
import { errors } from './errors.ts';
import { fingerprintOf, type PublicKey, parsePublicKey } from './public-key.ts';

const maxBytes = 16 * 1024;

export interface OfferedKey extends PublicKey {
  /** `SHA256:…`, as ssh-keygen shows it. */
  readonly fingerprint: string;
}

/**
 * Reads a public key file: one key line; around it only blank lines, comments and a byte order mark. Pure. What it
 * holds is never repeated in an error: it may be somebody's private key.
 * @throws E_PUBLIC_KEY
 */
export function parseKeyFile(file: Buffer): OfferedKey {
  if (file.length > maxBytes) refuse(`it is larger than ${maxBytes / 1024} KB`);
  const text = decode(file);
  if (/PRIVATE KEY|^PuTTY-User-Key-File/m.test(text))
    refuse('it is the private key, which nobody but you should have; give the file that ends in .pub');
  if (/^-{4,5} ?BEGIN /m.test(text))
    refuse('it is in another format; ssh-keygen -i -f <file> writes it as OpenSSH does');
  const lines = text.split(/\r?\n/).filter((line) => !/^[ \t]*(?:#|$)/.test(line));
  const [line] = lines;
  if (line === undefined) refuse('there is no key in it');
  if (lines.length > 1) refuse(`it has ${lines.length} lines, and a name is for one key`);
  const key = parsePublicKey(line);
  return { ...key, fingerprint: fingerprintOf(key.base64) };
}

/** Reads no more than a key file may have. */
export async function readKeyFile(input: Readable): Promise<OfferedKey> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > maxBytes) break;
  }
  return parseKeyFile(Buffer.concat(chunks));
}

/** A byte order mark is dropped. */
function decode(file: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file);
  } catch {
    return refuse('it is not text in UTF-8');
  }
}

function refuse(problem: string): never {
  throw errors.E_PUBLIC_KEY({ problem });
}
