/** What the signature of a push is worth. Pure. */
import { errors } from './errors.ts';
import type { Certificate } from './hook-request.ts';

export interface Signature {
  /** The key that signed, by its name; absent where it is nobody's that is known here. */
  readonly signer?: string;
  readonly remark: string;
}

/**
 * Undefined for a push that is not signed.
 * @throws E_PUSH_SIGNATURE where the signature is wrong, or was made for another push
 */
export function readSignature(certificate: Certificate | undefined): Signature | undefined {
  if (!certificate) return undefined;
  const { status, signer, nonce } = certificate;
  if (status === 'B') throw errors.E_PUSH_SIGNATURE({ problem: 'does not fit what is pushed' });
  // git calls a signature good that fits its own key, and names nobody where that key is not known.
  if (status === 'G' && signer !== '') {
    if (nonce !== 'OK') throw errors.E_PUSH_SIGNATURE({ problem: 'was not made for this push' });
    return { signer, remark: `signed by ${signer}` };
  }
  return { remark: 'signed, but by no key that is known here; add it with octo keys:add' };
}
