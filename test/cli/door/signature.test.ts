import { describe, expect, it } from 'vitest';
import { readSignature } from '../../../cli/door/signature.ts';

const certificate = (status: string, nonce = 'OK') => ({ status, signer: 'alice', nonce });

describe('the signature of a push', () => {
  it('is none where the push is not signed', () => {
    expect(readSignature(undefined)).toBeUndefined();
  });

  it('names the key that signed', () => {
    expect(readSignature(certificate('G'))).toEqual({ signer: 'alice', remark: 'signed by alice' });
  });

  it('of a key that is not known here names nobody', () => {
    const found = readSignature({ status: 'G', signer: '', nonce: 'OK' });
    expect(found).not.toHaveProperty('signer');
    expect(found?.remark).toContain('no key that is known here');
  });

  it.each(['U', 'E', 'N', ''])('of nobody known (%j) names nobody and is said', (status) => {
    const found = readSignature(certificate(status));
    expect(found).not.toHaveProperty('signer');
    expect(found?.remark).toContain('no key that is known here');
  });

  it.each([
    { what: 'that is wrong', given: certificate('B') },
    { what: 'that was made for another push', given: certificate('G', 'BAD') },
    { what: 'that was made for no push', given: certificate('G', 'MISSING') },
  ])('$what refuses the push', ({ given }) => {
    expect(() => readSignature(given)).toThrow(expect.objectContaining({ code: 'E_PUSH_SIGNATURE' }));
  });
});
