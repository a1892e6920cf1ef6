/** Names that come from outside: sites, refs, domains, keys, addresses. The oracles are written anew, not shared. */

import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { parsePushOptions } from '../../../cli/door/push-options.ts';
import { sortUpdates } from '../../../cli/door/updates.ts';
import { parseImageReference } from '../../../cli/sources/image-reference.ts';
import { parseCname, parseDomains } from '../../../core/domains.ts';
import {
  matchesSite,
  parseIpAddress,
  parseKeyName,
  parseRevision,
  parseSettingKey,
  parseSiteName,
  parseSitePattern,
  type SiteName,
} from '../../../core/grammar.ts';
import { type Door, door, enterBy, must } from '../door.ts';
import { lines, spoiled } from '../inputs.ts';

/** What a site's name may be: a word for a shell, a path, a label, a host name and nginx alike. */
export function mustBeSite(name: string): void {
  must(/^[a-z0-9_-]{1,63}$/.test(name) && /^[a-z0-9]/.test(name), 'no site', name);
}

export function mustBeDomain(domain: string): void {
  must(/^(?:\*\.)?[a-z0-9._-]{1,253}$/.test(domain), 'no domain', domain);
  must(!domain.includes('..') && !/^[.-]|[.-]$/.test(domain) && isIP(domain) === 0, 'no domain', domain);
}

const revision = '0123456789abcdef0123456789abcdef01234567';
const app = 'app' as SiteName;

export const names: readonly Door[] = [
  door({
    name: 'site name',
    input: spoiled('app', 'shop-x', 'a_b'),
    cases: ['app', '../app', 'app\n', 'a--b', '-a', 'a'.repeat(64), 'ａpp', 'con;'],
    enter: enterBy(parseSiteName, mustBeSite),
  }),
  door({
    name: 'site pattern',
    input: fc.tuple(spoiled('app', 'shop-*', '*'), spoiled('app', 'shop-x')),
    cases: [
      ['shop-*', 'shop-x'],
      ['*'.repeat(63), 'a'.repeat(63)],
      ['(a+)+$', 'aaaa'],
    ],
    enter: enterBy(
      ([pattern]: [string, string]) => parseSitePattern(pattern),
      (pattern, [, site]) => {
        must(/^[a-z0-9_*-]+$/.test(pattern), 'no pattern', pattern);
        if (!pattern.includes('*'))
          must(matchesSite(pattern, site as SiteName) === (pattern === site), 'matches');
      },
    ),
  }),
  door({
    name: 'refs of a push',
    input: fc.array(spoiled('refs/heads/main', 'refs/heads/Feature/X', 'refs/tags/v1'), {
      minLength: 1,
      maxLength: 4,
    }),
    cases: [
      ['refs/heads/main'],
      ['refs/heads/../../config'],
      ['refs/heads/-x'],
      ['refs/heads/a;touch harm'],
      ['refs/heads/$(touch harm)'],
      ['refs/heads/a.lock'],
      ['refs/octohost/releases/1'],
      ['HEAD'],
      Array.from({ length: 31 }, (_, index) => `refs/heads/b${index}`),
      ['refs/heads/x', 'refs/heads/X'],
      [`refs/heads/${'x'.repeat(1_000_000)}`],
      [`refs/heads/${'x/'.repeat(100_000)}y`],
      ['refs/heads/\uFEFFx'],
      ['refs/heads/x\0y'],
    ],
    enter: enterBy(
      (refs) =>
        sortUpdates(
          app,
          refs.map((ref) => ({ ref, before: parseRevision('0'.repeat(40)), after: parseRevision(revision) })),
        ),
      ({ targets, deletions }) => {
        must(deletions.length === 0 && targets.length <= 30, 'more than was pushed');
        must(new Set(targets.map(({ site }) => site)).size === targets.length, 'two for one site');
        for (const { site, origin } of targets) {
          mustBeSite(site);
          must(site === app || site.startsWith(`${app}-`), "somebody else's site", site);
          must(origin.ref.startsWith('refs/heads/'), 'no branch', origin.ref);
          must(
            !/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.lock(?:\/|$)|\/\.|\/-/.test(origin.ref),
            'no ref',
            origin.ref,
          );
        }
      },
    ),
  }),
  door({
    name: 'revision',
    input: spoiled(revision, revision.repeat(2).slice(0, 64)),
    cases: [revision, `--output=${revision}`, revision.toUpperCase(), `${revision}^{tree}`],
    enter: enterBy(parseRevision, (one) => must(/^[0-9a-f]+$/.test(one), 'no revision', one)),
  }),
  door({
    name: 'push option',
    input: fc.array(spoiled('plan', 'force', 'message=hello', 'cancel-on-drop'), { maxLength: 3 }),
    cases: [
      ['message=hello'],
      ['message=\u001b[2J'],
      ['message=a\nb'],
      ['plan=1'],
      [`message=${'x'.repeat(201)}`],
      [`message=${'x'.repeat(1_000_000)}`],
      ['message=\0'],
      ['\uFEFFplan'],
      Array.from({ length: 10_000 }, () => 'plan'),
    ],
    enter: enterBy(parsePushOptions, ({ message = '' }) =>
      must(message.length <= 200 && !/\p{Cc}/u.test(message), 'no message', message),
    ),
  }),
  door({
    name: 'CNAME',
    input: lines(spoiled('www.example.com', 'bücher.example', 'a.b.c')),
    cases: [
      'www.example.com',
      'a.org; return 301 http://evil/;',
      'a.org\0b.org',
      '*.example.com',
      'a.org/../../etc',
      'http://a.org',
      '127.0.0.1',
      '0x7f.1',
      'a.org}server{',
      `${'a'.repeat(64)}.org`,
      `a.${'b.'.repeat(130)}org`,
      'ａ.org',
      'a。org',
      'xn--\u0000.org',
      'a.org$(touch harm)',
      '\u202Egro.a',
      'a'.repeat(1_000_000),
    ],
    enter: enterBy(parseCname, (domains) => {
      for (const domain of domains) {
        mustBeDomain(domain);
        must(!domain.startsWith('*'), 'a wildcard of a repository', domain);
      }
    }),
  }),
  door({
    name: 'DOMAINS',
    input: lines(spoiled('www.example.com', '*.example.com', 'a.b.c')),
    cases: ['*.example.com a.org', '*', '*.', '*.*.org', 'a.*.org', '*.a.org;'],
    enter: enterBy(parseDomains, (domains) => {
      for (const domain of domains) {
        mustBeDomain(domain);
        must(!domain.slice(1).includes('*'), 'no wildcard', domain);
      }
    }),
  }),
  door({
    name: 'setting name',
    input: spoiled('DATABASE_URL', '_x'),
    cases: ['DATABASE_URL', 'A=B', 'A\0', '../OTHER', 'LD PRELOAD', '__proto__', 'a/b', 'A'.repeat(129)],
    enter: enterBy(parseSettingKey, (name) => must(/^\w{1,128}$/.test(name), 'no name', name)),
  }),
  door({
    name: 'key name',
    input: spoiled('alice@laptop', 'ci-1'),
    cases: ['alice@laptop', '../x', 'a b', 'a"b', 'a\n', '-a', '.a'],
    enter: enterBy(parseKeyName, (name) =>
      must(/^[\w.@+-]{1,64}$/.test(name) && !/^[.-]/.test(name), 'no name', name),
    ),
  }),
  door({
    name: 'address of a service',
    input: spoiled('10.0.0.5', 'fd00::5', '::ffff:10.0.0.1'),
    cases: [
      '10.0.0.5',
      'fe80::1%eth0',
      '10.0.0.5;',
      '0.0.0.0',
      '255.255.255.255',
      '::',
      'ff02::1',
      '010.0.0.5',
      '1',
    ],
    enter: enterBy(parseIpAddress, (address) => {
      must(isIP(address) !== 0 && /^[0-9a-f.:]+$/.test(address), 'no address', address);
      must(!/^(?:0\.|22[4-9]\.|2[3-5]\d\.|::$|ff)/.test(address), 'no machine', address);
    }),
  }),
  door({
    name: 'image reference',
    input: spoiled('busybox', 'registry.example.com:5000/a/b:tag', `a@sha256:${'0'.repeat(64)}`),
    cases: ['busybox', '-busybox', 'a b', '../a', 'a//b', 'a;b', 'a:b:c@d', 'http://evil/a', 'a'.repeat(500)],
    enter: enterBy(parseImageReference, (reference) =>
      must(
        /^[\w.:/@-]{1,400}$/.test(reference) && !/^[-./]|\.\.|\/\//.test(reference),
        'no reference',
        reference,
      ),
    ),
  }),
];
