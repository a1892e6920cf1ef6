import { describe, expect, it } from 'vitest';
import {
  asksForWildcard,
  changedDomains,
  declaredDomains,
  ownDomains,
  parseCname,
  parseDomains,
  resolveDomains,
} from '../../core/domains.ts';
import { type Domain, parseDomain, parseOwnDomain, parseSiteName } from '../../core/grammar.ts';
import type { Settings } from '../../core/release.ts';

const app = parseSiteName('app');
const suffix = { domainSuffix: parseDomain('example.com'), extraSuffixes: [] as Domain[] };
const names = (...texts: string[]) => texts.map((text) => parseOwnDomain(text));
const settings = (values: Record<string, string>) => values as Settings;
const record = (written: string, ...set: string[]) => ({ written, set: names(...set) });
const withCode = (code: string, more = {}) => expect.objectContaining({ code, ...more });

describe('a CNAME file', () => {
  it('has a domain a line, and the last one needs no newline', () => {
    expect(parseCname('\uFEFFwww.a.org\r\n\r\nB.ORG # main\nwww.a.org')).toEqual(['www.a.org', 'b.org']);
  });

  it.each(['x.com; return 301 http://evil;', '*.a.org'])('with %j is refused', (content) => {
    expect(() => parseCname(content)).toThrow(withCode('E_DOMAIN'));
  });
});

it('of a site are at most 500, of its CNAME file and of all together', () => {
  const many = (count: number, below: string) => Array.from({ length: count }, (_, at) => `a${at}.${below}`);
  const refused = withCode('E_DOMAINS_MANY');
  expect(parseCname(many(500, 'org').join('\n'))).toHaveLength(500);
  expect(() => parseCname(many(501, 'org').join('\n'))).toThrow(refused);
  const resolve = (declared: number, set: number) => {
    const own = declaredDomains({ domains: names(...many(declared, 'org')) });
    return resolveDomains(app, suffix, own, names(...many(set, 'net')));
  };
  expect(resolve(300, 199)).toHaveLength(500);
  expect(() => resolve(300, 200)).toThrow(refused);
});

it('a list of domains is separated by spaces, commas or lines, and may have wildcards', () => {
  expect(parseDomains('a.org, b.org\nb.org  *.c.org ')).toEqual(['a.org', 'b.org', '*.c.org']);
});

describe('the domains of a site', () => {
  const resolve = (declared: string[], set: string[], config = suffix) =>
    resolveDomains(app, config, declaredDomains({ domains: names(...declared) }), names(...set));

  it('are the default one, those of CNAME, and those that were set, each with its origin', () => {
    expect(resolve(['www.app.org', 'c.org'], ['b.org', 'c.org', 'app.example.com'])).toEqual([
      { domain: 'app.example.com', origin: 'default' },
      { domain: 'www.app.org', origin: 'CNAME' },
      { domain: 'c.org', origin: 'domains:set' },
      { domain: 'b.org', origin: 'domains:set' },
    ]);
  });

  it('are those of the site file too, which says more than CNAME', () => {
    const conf = {
      file: '.octohost.yml',
      values: '',
      lines: {},
      domains: names('f.org', 'both.org', 'set.org'),
    };
    const declared = declaredDomains({ domains: names('c.org', 'both.org'), conf });
    expect(resolveDomains(app, suffix, declared, names('set.org'))).toEqual([
      { domain: 'app.example.com', origin: 'default' },
      { domain: 'c.org', origin: 'CNAME' },
      { domain: 'both.org', origin: 'site file' },
      { domain: 'f.org', origin: 'site file' },
      { domain: 'set.org', origin: 'domains:set' },
    ]);
  });

  it('have a default one below every suffix', () => {
    const two = { ...suffix, extraSuffixes: names('192.0.2.1.xip.example') };
    expect(resolve([], [], two).map(({ domain }) => domain)).toEqual([
      'app.example.com',
      'app.192.0.2.1.xip.example',
    ]);
    expect(() => resolve(['other.192.0.2.1.xip.example'], [], two)).toThrow(
      withCode('E_DOMAIN_TAKEN', { hint: expect.stringContaining('octo domains other') }),
    );
  });

  it.each(['CNAME', 'domains:set'])(
    'directly under the suffix belong to the site of that name alone: %s',
    (by) => {
      const stolen = ['other.example.com'];
      const attempt = () => (by === 'CNAME' ? resolve(stolen, []) : resolve([], stolen));
      expect(attempt).toThrow(
        withCode('E_DOMAIN_TAKEN', { hint: expect.stringContaining('octo domains other') }),
      );
    },
  );

  it.each(['*.example.org', '*.app.example.com', '*.a.app.example.com'])(
    'may have the wildcard %s',
    (domain) => {
      expect(resolve([], [domain])).toContainEqual({ domain, origin: 'domains:set' });
    },
  );

  it.each(['*.example.com', '*.other.example.com', '*.a.other.example.com'])(
    'may not have the wildcard %s, which takes names of other sites',
    (domain) => {
      expect(() => resolve([], [domain])).toThrow(withCode('E_DOMAIN_WILDCARD'));
    },
  );

  it('may not have a wildcard above the suffix', () => {
    const deep = { domainSuffix: parseDomain('apps.example.com'), extraSuffixes: [] };
    expect(() => resolve([], ['*.example.com'], deep)).toThrow(withCode('E_DOMAIN_WILDCARD'));
  });
});

describe("a site's own domains", () => {
  it.each([
    { what: 'are those on record', value: 'app.example.com b.org', own: ['b.org'] },
    { what: 'are what somebody wrote into DOMAINS since', value: 'c.org,d.org', own: ['c.org', 'd.org'] },
    { what: 'are none where somebody emptied DOMAINS', value: '', own: [] },
    { what: 'stay where somebody deleted DOMAINS', value: undefined, own: ['b.org'] },
  ])('$what', ({ value, own }) => {
    const given = settings(value === undefined ? {} : { DOMAINS: value });
    expect(ownDomains(given, record('app.example.com b.org', 'b.org'))).toEqual(own);
  });

  it.each([
    { what: 'set', change: { domains: names('x.org') }, own: ['x.org'] },
    { what: 'added to', change: { addDomains: names('x.org', 'b.org') }, own: ['a.org', 'b.org', 'x.org'] },
    { what: 'removed from', change: { removeDomains: names('b.org') }, own: ['a.org'] },
    { what: 'written as DOMAINS', change: { settings: { DOMAINS: 'y.org' } }, own: ['y.org'] },
    { what: 'deleted as DOMAINS', change: { settings: { DOMAINS: null } }, own: [] },
    { what: 'left alone', change: { settings: { A: '1' } }, own: ['a.org', 'b.org'] },
  ])('are $what', ({ change, own }) => {
    const given = [settings({ DOMAINS: 'all' }), record('all', 'a.org', 'b.org')] as const;
    expect(changedDomains(app, ...given, change)).toEqual(own);
  });

  it('that are to be removed and are not there are all named', () => {
    const attempt = () =>
      changedDomains(app, settings({}), record('', 'a.org'), {
        removeDomains: names('x.org', 'a.org', 'y.org'),
      });
    expect(attempt).toThrow(
      withCode('E_DOMAIN_MISSING', { message: expect.stringMatching(/^x\.org, y\.org: .* app\.$/) }),
    );
  });
});

it.each([
  { change: { domains: names('*.a.org') }, asks: true },
  { change: { addDomains: names('b.org', '*.a.org') }, asks: true },
  { change: { removeDomains: names('*.a.org') }, asks: true },
  { change: { settings: { DOMAINS: 'b.org,*.a.org' } }, asks: true },
  { change: { settings: { DOMAINS: null, GLOB: '*.a.org' } }, asks: false },
  { change: { domains: names('a.org') }, asks: false },
])('$change asks for a wildcard: $asks', ({ change, asks }) => {
  expect(asksForWildcard(change)).toBe(asks);
});
