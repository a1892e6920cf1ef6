import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultDomain,
  isLocalAddress,
  isSiteName,
  isWildcard,
  matchesSite,
  parseBranchRef,
  parseDomain,
  parseIpAddress,
  parseKeyName,
  parseOwnDomain,
  parsePort,
  parseRevision,
  parseSettingKey,
  parseSettingValue,
  parseSiteName,
  parseSitePattern,
  siteOfBranch,
} from '../../core/grammar.ts';

const withCode = (code: string) => expect.objectContaining({ code });

describe('a site name', () => {
  it.each(['a', 'app', 'my-app', 'my_app', 'a1-b2_c3', '0', 'x'.repeat(63)])('%s is one', (name) => {
    expect(parseSiteName(name)).toBe(name);
  });

  it.each([
    '',
    'App',
    'my--app',
    '-app',
    'app-',
    '_app',
    'a.b',
    'a/b',
    '..',
    'a b',
    'a\n',
    'x'.repeat(64),
    'ä',
    '$(id)',
    "a'b",
    '.*',
    'a\0',
  ])('%j is none', (name) => {
    expect(() => parseSiteName(name)).toThrow(withCode('E_SITE_NAME'));
  });
});

describe('a domain', () => {
  it.each([
    ['www.example.com', 'www.example.com'],
    ['WWW.Example.COM', 'www.example.com'],
    ['example.com.', 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['_acme.example.com', '_acme.example.com'],
    ['localhost', 'localhost'],
    ['app.localhost', 'app.localhost'],
  ])('%s becomes %s', (text, domain) => {
    expect(parseDomain(text)).toBe(domain);
  });

  it.each([
    '',
    'com',
    '.',
    'a..b',
    '-a.com',
    'a-.com',
    'http://a.com',
    'a.com/x',
    'a.com:80',
    '*.a.com',
    'a b.com',
    'x.com; return 301 http://evil;',
    'a.com\nb.com',
    '127.0.0.1',
    '[::1]',
    '$host.com',
    `${'a'.repeat(64)}.com`,
    `${'a.'.repeat(127)}com`,
    'a.com{',
    'a.com"',
    'a.com#x',
    'user@a.com',
    'a%2fb.com',
    'a\\b.com',
  ])('%j is none', (text) => {
    expect(() => parseDomain(text)).toThrow(withCode('E_DOMAIN'));
  });
});

describe('a domain that an operator sets', () => {
  it.each([
    ['*.Example.COM', '*.example.com'],
    [' *.bücher.example ', '*.xn--bcher-kva.example'],
    ['www.example.com', 'www.example.com'],
  ])('%s becomes %s', (text, domain) => {
    expect(parseOwnDomain(text)).toBe(domain);
    expect(isWildcard(parseOwnDomain(text))).toBe(domain.startsWith('*'));
  });

  it.each([
    '*',
    '*.',
    '*.com',
    '*.*.a.com',
    'a.*.com',
    '*a.com',
    '**.a.com',
    '* .a.com',
    `*.${'a.'.repeat(126)}com`,
  ])('%j is none', (text) => {
    expect(() => parseOwnDomain(text)).toThrow(withCode('E_DOMAIN'));
  });
});

describe('a setting', () => {
  it.each(['PORT', '_x', 'a1', 'DATABASE_URL'])('%s is a name', (key) => {
    expect(parseSettingKey(key)).toBe(key);
  });

  it.each(['', '1A', 'A-B', 'A=B', 'A B', 'Ä', '../x', 'A'.repeat(129)])('%j is no name', (key) => {
    expect(() => parseSettingKey(key)).toThrow(withCode('E_SETTING_KEY'));
  });

  it('keeps every character of a value', () => {
    const value = 'a:b:c "quoted" $HOME `id` \n\t é 🎉 a:b:c:d:e:f:g:h:i:j:k';
    expect(parseSettingValue(parseSettingKey('A'), value)).toBe(value);
  });

  it.each([
    ['a NUL byte', 'secret\0'],
    ['more than 100 KB', 'secret'.repeat(20_000)],
  ])('refuses a value with %s, without repeating it', (_, value) => {
    const attempt = () => parseSettingValue(parseSettingKey('A'), value);
    expect(attempt).toThrow(withCode('E_SETTING_VALUE'));
    expect(attempt).not.toThrow(/secret/);
  });
});

describe('a revision', () => {
  it('is a full object id', () => {
    const revision = '0123456789abcdef0123456789abcdef01234567';
    expect(parseRevision(revision)).toBe(revision);
  });

  it.each(['HEAD', '--help', '0123', '', 'g'.repeat(40), `${'a'.repeat(40)}\n`])('%j is none', (text) => {
    expect(() => parseRevision(text)).toThrow(withCode('E_REVISION'));
  });
});

describe('a branch', () => {
  const app = parseSiteName('app');

  it.each([
    ['refs/heads/main', 'app'],
    ['refs/heads/master', 'app'],
    ['refs/heads/feature', 'app-feature'],
    ['refs/heads/Feature/Login', 'app-feature-login'],
    ['refs/heads/main/x', 'app-main-x'],
  ])('%s is the site %s', (ref, site) => {
    expect(siteOfBranch(app, parseBranchRef(ref))).toBe(site);
  });

  it.each([
    'main',
    'refs/tags/v1',
    'refs/heads/',
    'refs/heads/-x',
    'refs/heads/a..b',
    'refs/heads/a b',
    'refs/heads/a~1',
    'refs/heads/.a',
    'refs/heads/a.lock',
    'refs/heads/a//b',
    'refs/heads/a\x07',
  ])('%j is no branch', (ref) => {
    expect(() => parseBranchRef(ref)).toThrow(withCode('E_REF'));
  });

  it.each([
    'refs/heads/a__b',
    'refs/heads/a--b',
    'refs/heads/a.b',
    'refs/heads/ümlaut',
    `refs/heads/${'x'.repeat(60)}`,
  ])('%s makes no site name, and that is said', (ref) => {
    expect(() => siteOfBranch(app, parseBranchRef(ref))).toThrow(withCode('E_SITE_NAME'));
  });
});

it('a default domain has - where the site has _', () => {
  expect(defaultDomain(parseSiteName('my_app-x'), parseDomain('example.com'))).toBe('my-app-x.example.com');
});

describe("a key's name", () => {
  it.each(['a', 'alice', 'Alice@laptop', '0', 'ci+deploy_2.x-y', 'x'.repeat(64)])('%s is one', (name) => {
    expect(parseKeyName(name)).toBe(name);
  });

  it.each([
    '',
    '-a',
    '.a',
    '@a',
    '_a',
    'a b',
    'a/b',
    'a"b',
    "a'b",
    'a\n',
    'a,b',
    '$a',
    'ä',
    'a\0',
    'x'.repeat(65),
  ])('%j is none', (name) => {
    expect(() => parseKeyName(name)).toThrow(withCode('E_KEY_NAME'));
  });
});

describe('a pattern of sites', () => {
  it.each([
    { pattern: 'app', yes: ['app'], no: ['ap', 'apps', 'my-app'] },
    { pattern: '*', yes: ['a', 'app-1_x'], no: [] },
    { pattern: 'shop-*', yes: ['shop-eu', 'shop-a-b'], no: ['shop', 'shops', 'my-shop-eu'] },
    { pattern: '*-shop', yes: ['eu-shop', 'a-b-shop'], no: ['shop', 'eu-shop-2'] },
    { pattern: 'a*a', yes: ['aa', 'aba'], no: ['a', 'ab'] },
    { pattern: 'a*b*c', yes: ['abc', 'a1b2c', 'abbc'], no: ['acb', 'ab', 'bc'] },
    { pattern: '*ab*ab*', yes: ['abab', 'xabxabx'], no: ['ab', 'aba'] },
  ])('$pattern means $yes and not $no', ({ pattern, yes, no }) => {
    const means = (name: string) => matchesSite(parseSitePattern(pattern), parseSiteName(name));
    expect(yes.map(means)).toEqual(yes.map(() => true));
    expect(no.map(means)).toEqual(no.map(() => false));
  });

  it('is the same with one * or several in a row', () => {
    expect(parseSitePattern('a***b**')).toBe('a*b*');
    expect(parseSitePattern('**')).toBe('*');
  });

  it.each(['', 'App', 'app-', 'a b', 'a.*', '?', 'a/*', 'a*\n', '[ab]', `*${'x'.repeat(63)}`])(
    '%j is none',
    (text) => {
      expect(() => parseSitePattern(text)).toThrow(withCode('E_SITE_PATTERN'));
    },
  );

  it('means what its regular expression means', () => {
    const letters = (extra: string) =>
      fc.string({ unit: fc.constantFrom('a', 'b', extra), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(letters('*'), letters('-'), (pattern, site) => {
        fc.pre(isSiteName(site) && (isSiteName(pattern) || pattern.includes('*')));
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(site);
        expect(matchesSite(parseSitePattern(pattern), site)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the address of a service', () => {
  it.each([
    ['10.0.0.5', '10.0.0.5'],
    ['FD00:0:0::5', 'fd00::5'],
    ['::ffff:10.0.0.5', '10.0.0.5'],
    ['::FFFF:7f00:1', '127.0.0.1'],
  ])('%s is kept as %s', (text, address) => {
    expect(parseIpAddress(text)).toBe(address);
  });

  it.each([
    '',
    'localhost',
    'example.com',
    '10.0.0',
    '010.0.0.1',
    '10.0.0.5:80',
    '[::1]',
    ' 10.0.0.5',
    '0x7f.1',
    '0.0.0.0',
    '0.0.0.1',
    '::',
    '224.0.0.1',
    '255.255.255.255',
    'ff02::1',
    'fe80::1%eth0',
    '::ffff:0.0.0.0',
  ])('%j is none', (text) => {
    expect(() => parseIpAddress(text)).toThrow(withCode('E_IP_ADDRESS'));
  });

  it.each([
    ['127.0.0.1', true],
    ['127.255.1.1', true],
    ['169.254.169.254', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['fe80::1', true],
    ['10.0.0.5', false],
    ['128.0.0.1', false],
    ['fd00::5', false],
    ['2001:db8::1', false],
  ])('%s is local: %s', (text, local) => {
    expect(isLocalAddress(parseIpAddress(text))).toBe(local);
  });

  it.each([
    ['1', 1],
    ['65535', 65_535],
  ])('has the port %s', (text, port) => {
    expect(parsePort(text)).toBe(port);
  });

  it.each(['', '0', '65536', '080', '-1', '1.5', ' 80', '80\n', '8e1'])('has no port %j', (text) => {
    expect(() => parsePort(text)).toThrow(withCode('E_PORT_NUMBER'));
  });
});
