/** A certificate and its key as somebody gave them: checked, and brought into one form. Never repeats them. Pure. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Certificate } from './release.ts';
import type { Parse } from './setting-values.ts';

/** Beyond it no chain goes, and every store takes what is below in a transaction. */
const maxBytes = 40_000;
const blockPattern = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/** The certificates of a PEM text, the site's own first. */
export const certificateChain: Parse<readonly X509Certificate[]> = (value) => {
  if (Buffer.byteLength(value) > maxBytes) return { problem: `is longer than ${maxBytes} bytes` };
  const blocks = [...value.matchAll(blockPattern)];
  if (blocks.length === 0)
    return { problem: 'is not a certificate in PEM form (-----BEGIN CERTIFICATE-----)' };
  if (blocks.some(([, kind]) => kind !== 'CERTIFICATE'))
    return { problem: 'holds something else than certificates; the key belongs into SSL_KEY' };
  try {
    return blocks.map(([block]) => new X509Certificate(block));
  } catch {
    return { problem: 'holds a certificate that cannot be read' };
  }
};

/** A private key in PEM form, without a pass phrase. */
export const privateKey: Parse<KeyObject> = (value) => {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value))
    return { problem: 'is not a private key in PEM form (-----BEGIN PRIVATE KEY-----)' };
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(value))
    return { problem: 'has a pass phrase, which nobody could type when nginx starts' };
  try {
    return createPrivateKey(value);
  } catch {
    return { problem: 'is a private key that cannot be read' };
  }
};

/** Both in one form, or why they cannot be used together. */
export function pairOf(
  chain: readonly X509Certificate[],
  key: KeyObject,
): Certificate | { readonly problem: string } {
  const [own] = chain;
  if (!own?.checkPrivateKey(key)) return { problem: 'is not the key of the (first) certificate' };
  return {
    certificate: chain.map((each) => each.toString()).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** A certificate and a key as texts, for those who have files. */
export function parseCertificate(
  certificate: string,
  key: string,
): Certificate | { readonly problem: string } {
  const chain = certificateChain(certificate);
  if ('problem' in chain) return { problem: `the certificate ${chain.problem}` };
  const secret = privateKey(key);
  if ('problem' in secret) return { problem: `the key ${secret.problem}` };
  const pair = pairOf(chain, secret);
  return 'problem' in pair ? { problem: `the key ${pair.problem}` } : pair;
}
