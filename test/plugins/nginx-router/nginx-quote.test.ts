import { describe, expect, it } from 'vitest';
import { quoteFor } from '../../../plugins/nginx-router/nginx-quote.ts';

const quote = quoteFor('app');
/** Each would end a value, begin another one, or be expanded. */
const hostile = [
  ' ',
  '\t',
  '\n',
  '\0',
  '\x7f',
  ';',
  '{',
  '}',
  '"',
  "'",
  '`',
  '$',
  '\\',
  '#',
  '*',
  '?',
  '[',
  '\u2028',
];

const refused = (make: () => unknown) =>
  expect(make).toThrow(expect.objectContaining({ code: 'E_NGINX_VALUE' }));

describe('values that become configuration as they are', () => {
  it.each([
    { value: 'app.example.com' },
    { value: 'localhost' },
    { value: 'a_b.example.com' },
    { value: '*.example.com' },
    { value: 'xn--bcher-kva.example' },
    { value: `${'a'.repeat(63)}.example.com` },
  ])('the host name $value', ({ value }) => expect(quote.hostName(value)).toBe(value));

  it.each([
    { address: '127.0.0.1', port: 1, text: '127.0.0.1:1' },
    { address: '10.0.0.7', port: 65_535, text: '10.0.0.7:65535' },
    { address: '::1', port: 80, text: '[::1]:80' },
    { address: '2001:db8::7', port: 80, text: '[2001:db8::7]:80' },
  ])('the address $text', ({ address, port, text }) => expect(quote.endpoint(address, port)).toBe(text));

  it.each([{ value: '/var/lib/octohost/nginx' }, { value: '/srv/büro/a+b,c=d~1@x' }])(
    'the path $value',
    ({ value }) => expect(quote.path(value)).toBe(value),
  );

  it.each([{ value: '1g' }, { value: '0' }, { value: '512K' }])('the size $value', ({ value }) =>
    expect(quote.size(value)).toBe(value),
  );

  it('the upstream of a site', () => {
    expect(quote.upstreamName('my-app_2')).toBe('octohost_my-app_2');
  });
});

describe('values that are refused', () => {
  describe.each(hostile.map((sign) => ({ sign, shown: JSON.stringify(sign) })))(
    'with $shown in it',
    ({ sign }) => {
      it.each([
        { what: 'host name', make: () => quote.hostName(`a${sign}b.test`) },
        { what: 'host name at its end', make: () => quote.hostName(`a.test${sign}`) },
        { what: 'address', make: () => quote.endpoint(`127.0.0.1${sign}`, 80) },
        { what: 'IPv6 address', make: () => quote.endpoint(`::1${sign}`, 80) },
        { what: 'path', make: () => quote.path(`/var/${sign}lib`) },
        { what: 'path at its end', make: () => quote.path(`/var/lib${sign}`) },
        { what: 'site name', make: () => quote.upstreamName(`app${sign}`) },
        { what: 'size', make: () => quote.size(`1g${sign}`) },
        { what: 'content key', make: () => quote.contentKey(`0a${sign}`) },
      ])('a $what', ({ make }) => refused(make));
    },
  );

  it.each([
    { what: 'an empty host name', make: () => quote.hostName('') },
    { what: 'an upper-case host name', make: () => quote.hostName('App.test') },
    { what: 'a wildcard within', make: () => quote.hostName('a.*.test') },
    { what: 'a wildcard of wildcards', make: () => quote.hostName('*.*.test') },
    { what: 'a bare wildcard', make: () => quote.hostName('*') },
    { what: 'an international host name', make: () => quote.hostName('bücher.test') },
    { what: 'a host name with a port', make: () => quote.hostName('app.test:80') },
    { what: 'an empty label', make: () => quote.hostName('app..test') },
    { what: 'a host name of 254 characters', make: () => quote.hostName(`${'a.'.repeat(126)}aa`) },
    { what: 'a name as address', make: () => quote.endpoint('localhost', 80) },
    { what: 'an address with a zone', make: () => quote.endpoint('fe80::1%eth0', 80) },
    { what: 'a bracketed address', make: () => quote.endpoint('[::1]', 80) },
    { what: 'a short address', make: () => quote.endpoint('127.1', 80) },
    { what: 'port 0', make: () => quote.endpoint('127.0.0.1', 0) },
    { what: 'port 65536', make: () => quote.endpoint('127.0.0.1', 65_536) },
    { what: 'half a port', make: () => quote.endpoint('127.0.0.1', 80.5) },
    { what: 'no port', make: () => quote.endpoint('127.0.0.1', Number.NaN) },
    { what: 'a relative path', make: () => quote.path('etc/nginx') },
    { what: 'a path that climbs', make: () => quote.path('/var/../etc') },
    { what: 'a path that ends by climbing', make: () => quote.path('/var/..') },
    { what: 'the root', make: () => quote.path('/') },
    { what: 'a size with two units', make: () => quote.size('1gm') },
    { what: 'a site name with a dot', make: () => quote.upstreamName('a.b') },
    { what: 'a negative number', make: () => quote.count(-1) },
  ])('$what', ({ make }) => refused(make));

  it('are named together with the site', () => {
    expect(() => quote.hostName('x.com; return 301 http://evil')).toThrow(
      /^app: "x\.com; return 301 http:\/\/evil"/,
    );
  });
});
