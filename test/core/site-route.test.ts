import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { checkSetting } from '../../core/site.ts';
import { resolveRoute } from '../../core/site-route.ts';
import { selfSigned } from '../helpers/certificates.ts';

const app = parseSiteName('app');
const own = selfSigned('app.test');
const resolve = (settings: Record<string, string>, hasDefault = false) =>
  resolveRoute(app, settings, hasDefault);

describe('what a site asks of the router', () => {
  it('is nothing without settings', () => {
    expect(resolve({ COLOUR: 'red' })).toEqual({ options: {}, remarks: [] });
  });

  it('follows from its settings', () => {
    const settings = {
      SSL_FORCED: '1',
      NGINX_ALT: 'with-login',
      OCTO_MAX_BODY_SIZE: '2g',
      OCTO_REQUEST_TIMEOUT: '30',
      OCTO_BUFFERING: '1',
      OCTO_STICKY: '0',
    };
    expect(resolve(settings, true).options).toEqual({
      httpsOnly: true,
      template: 'with-login',
      maxBodyBytes: 2 * 1024 ** 3,
      timeoutSeconds: 30,
      buffering: true,
      sticky: false,
    });
  });

  it('may be its own certificate', () => {
    const found = resolve({ SSL_CERTIFICATE: own.certificate, SSL_KEY: own.key, SSL_FORCED: 'true' });
    expect(found).toEqual({ options: { httpsOnly: true }, certificate: own, remarks: [] });
  });

  it.each([
    { set: 'SSL_CERTIFICATE', value: own.certificate, lacks: 'SSL_KEY' },
    { set: 'SSL_KEY', value: own.key, lacks: 'SSL_CERTIFICATE' },
  ])('is no certificate yet with $set alone, and a remark says so', ({ set, value, lacks }) => {
    expect(resolve({ [set]: value })).toEqual({
      options: {},
      remarks: [`${set} has no effect until ${lacks} is set too`],
    });
    expect(resolve({ [set]: value, [lacks]: '' }).remarks).toHaveLength(1);
  });

  it('cannot be a certificate that does not fit its key', () => {
    const { key } = selfSigned('other.test');
    const attempt = () => resolve({ SSL_CERTIFICATE: own.certificate, SSL_KEY: key });
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'E_SETTINGS',
        details: ['SSL_KEY is not the key of the (first) certificate.'],
      }),
    );
  });

  it('cannot be https alone where nothing would answer there', () => {
    expect(() => resolve({ SSL_FORCED: '1' })).toThrow(
      expect.objectContaining({ details: [expect.stringContaining('SSL_FORCED needs a certificate')] }),
    );
  });
});

describe('a setting for the router', () => {
  it.each([
    ['SSL_CERTIFICATE', '/etc/ssl/app.pem'],
    ['SSL_KEY', 'hunter2'],
    ['NGINX_ALT', '/etc/nginx/site.conf'],
    ['NGINX_ALT', '../../etc/passwd'],
    ['NGINX_ALT', 'a.b'],
    ['OCTO_MAX_BODY_SIZE', '1g; include /etc/passwd'],
    ['OCTO_MAX_BODY_SIZE', '999999999999g'],
    ['OCTO_REQUEST_TIMEOUT', '864000'],
    ['OCTO_REQUEST_TIMEOUT', '60s'],
  ])('%s is refused when it is set to %j, and the value is not repeated', (name, value) => {
    expect(() => checkSetting(name, value)).toThrow(expect.objectContaining({ code: 'E_SETTING_VALUE' }));
    expect(() => checkSetting(name, value)).not.toThrow(value);
  });

  it.each([
    { what: 'a certificate', name: 'SSL_CERTIFICATE', value: own.certificate },
    { what: 'a key', name: 'SSL_KEY', value: own.key },
    { what: 'no key', name: 'SSL_KEY', value: '' },
    { what: 'the name of a template', name: 'NGINX_ALT', value: 'with-login_2' },
    { what: 'no template', name: 'NGINX_ALT', value: '' },
    { what: 'any size', name: 'OCTO_MAX_BODY_SIZE', value: '0' },
    { what: 'a size', name: 'OCTO_MAX_BODY_SIZE', value: '50m' },
    { what: 'a day', name: 'OCTO_REQUEST_TIMEOUT', value: '86400' },
  ])('$name may be $what', ({ name, value }) => {
    expect(() => checkSetting(name, value)).not.toThrow();
  });
});
