/**
 * Secret settings at rest. What is sealed is AES-256-GCM's: whoever changes a byte of it, or puts it below another site
 * or name, makes it unreadable, and is noticed. Pure, but for the nonce.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** One key of an installation's hosts. */
export interface SecretKey {
  /** 8 hexadecimal digits; stands in what it has sealed. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/** All keys that a host has. */
export interface SecretKeys {
  /** Seals what is written. */
  readonly current: SecretKey;
  /** Open what was sealed before a rotation. */
  readonly former: readonly SecretKey[];
  /** 32 bytes that outlive rotations: equal secrets keep equal digests. */
  readonly digest: Buffer;
}

/** What a secret belongs to: it opens nowhere else. */
export interface SecretPlace {
  readonly site: string;
  /** The name of the setting. */
  readonly name: string;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
const shape = /^octohost-secret:1:([0-9a-f]{8}):([A-Za-z0-9+/]+=*)$/;

export function createKey(): SecretKey {
  return { id: createId(), bytes: randomBytes(keyBytes) };
}

/** Digits alone would be an index to JSON, and would not stay in its place in the file. */
function createId(): string {
  const id = randomBytes(4).toString('hex');
  return /[a-f]/.test(id) ? id : createId();
}

export function createKeys(): SecretKeys {
  return { current: createKey(), former: [], digest: randomBytes(keyBytes) };
}

/** The id of the key that sealed a text; undefined for a text that nobody sealed. */
export function sealedBy(text: string): string | undefined {
  return shape.exec(text)?.[1];
}

export function seal({ current }: SecretKeys, place: SecretPlace, value: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, current.bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(bound(place));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  const all = Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  return `octohost-secret:1:${current.id}:${all.toString('base64')}`;
}

/** Why a sealed text cannot be opened: `key`, its key is not among these; `changed`, it is not what was sealed here. */
export type Unopened = 'key' | 'changed';

/** The value in a sealed text. */
export function open(
  keys: SecretKeys,
  place: SecretPlace,
  text: string,
): { readonly value: string } | { readonly unopened: Unopened } {
  const [, id, base64 = ''] = shape.exec(text) ?? [];
  const key = [keys.current, ...keys.former].find((one) => one.id === id);
  if (!key) return { unopened: 'key' };
  const all = Buffer.from(base64, 'base64');
  if (all.length < nonceBytes + tagBytes) return { unopened: 'changed' };
  const decipher = createDecipheriv(algorithm, key.bytes, all.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(bound(place));
  decipher.setAuthTag(all.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    const value = Buffer.concat([decipher.update(all.subarray(nonceBytes + tagBytes)), decipher.final()]);
    return { value: value.toString('utf8') };
  } catch {
    return { unopened: 'changed' };
  }
}

/** Stands for a secret wherever equal values must look equal: nobody without the keys can try values against it. */
export function digestOf({ digest }: SecretKeys, place: SecretPlace, value: string): string {
  const key = Buffer.from(hkdfSync('sha256', digest, '', bound(place), keyBytes));
  return createHmac('sha256', key).update(value).digest('hex');
}

/** Keys with another one to seal with; of the former ones those that are still needed stay. */
export function rotated(keys: SecretKeys, isNeeded: (id: string) => boolean): SecretKeys {
  const former = [keys.current, ...keys.former.filter(({ id }) => isNeeded(id))];
  return { ...keys, current: createKey(), former };
}

/** The keys of one host with what another one has beside them, so that it opens whatever either has sealed. */
export function joined(keys: SecretKeys, others: SecretKeys): SecretKeys {
  const known = new Set([keys.current, ...keys.former].map(({ id }) => id));
  const more = [others.current, ...others.former].filter(({ id }) => !known.has(id));
  return { ...keys, former: [...keys.former, ...more] };
}

function bound({ site, name }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['octohost-secret', site, name]));
}

interface Written {
  readonly digest: string;
  readonly current: string;
  readonly keys: Readonly<Record<string, string>>;
}

/** The text of a file of keys. */
export function writeKeys({ current, former, digest }: SecretKeys): string {
  const keys = Object.fromEntries(
    [current, ...former].map(({ id, bytes }) => [id, bytes.toString('base64')]),
  );
  const written: Written = { digest: digest.toString('base64'), current: current.id, keys };
  return `${JSON.stringify(written, null, 2)}\n`;
}

/** The keys in such a text; undefined where it is none. */
export function readKeys(text: string): SecretKeys | undefined {
  let written: Partial<Written> | null;
  try {
    written = JSON.parse(text) as Partial<Written> | null;
  } catch {
    return undefined;
  }
  const digest = bytesIn(written?.digest);
  const all = Object.entries(written?.keys ?? {}).map(([id, base64]) => ({ id, bytes: bytesIn(base64) }));
  const keys = all.flatMap(({ id, bytes }) => (bytes && /^[0-9a-f]{8}$/.test(id) ? [{ id, bytes }] : []));
  const current = keys.find(({ id }) => id === written?.current);
  if (!digest || !current || keys.length < all.length) return undefined;
  return { current, former: keys.filter((one) => one !== current), digest };
}

function bytesIn(base64: unknown): Buffer | undefined {
  const bytes = Buffer.from(typeof base64 === 'string' ? base64 : '', 'base64');
  return bytes.length === keyBytes ? bytes : undefined;
}
