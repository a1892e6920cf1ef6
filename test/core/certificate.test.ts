import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../core/certificate.ts';
import { encrypted, selfSigned } from '../helpers/certificates.ts';

const own = selfSigned('app.test', 'www.app.test');
const other = selfSigned('other.test');

describe('a certificate with its key', () => {
  it('is brought into one form, whatever stood around it', () => {
    const { certificate, key } = own;
    const loose = `issuer=somebody\r\n${certificate.replaceAll('\n', '\r\n')}`;
    expect(parseCertificate(loose, `\n${key}\n\n`)).toEqual(own);
  });

  it('may be a chain, of which the first belongs to the key', () => {
    const chain = own.certificate + other.certificate;
    expect(parseCertificate(chain, own.key)).toEqual({ ...own, certificate: chain });
    expect(new X509Certificate(chain).checkHost('www.app.test')).toBe('www.app.test');
  });

  it.each([
    { what: 'no PEM', certificate: 'a certificate', key: own.key, problem: /certificate is not .*PEM/ },
    {
      what: 'a PEM that is none',
      certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      key: own.key,
      problem: /cannot be read/,
    },
    {
      what: 'a key among the certificates',
      certificate: own.certificate + own.key,
      key: own.key,
      problem: /something else than certificates/,
    },
    {
      what: 'a chain that is too long',
      certificate: own.certificate.repeat(100),
      key: own.key,
      problem: /longer than 40000 bytes/,
    },
    { what: 'no key', certificate: own.certificate, key: own.certificate, problem: /not a private key/ },
    { what: 'a locked key', certificate: own.certificate, key: encrypted(own), problem: /pass phrase/ },
    {
      what: 'a broken key',
      certificate: own.certificate,
      key: own.key.replace(/\n.*\n/, '\nAAAA\n'),
      problem: /cannot be read/,
    },
    { what: 'a foreign key', certificate: own.certificate, key: other.key, problem: /not the key of/ },
  ])('is refused, without a word of it: $what', ({ certificate, key, problem }) => {
    const found = parseCertificate(certificate, key);
    expect(found).toEqual({ problem: expect.stringMatching(problem) });
    const secret = key.split('\n')[1] ?? '';
    expect(JSON.stringify(found)).not.toContain(secret);
  });
});
