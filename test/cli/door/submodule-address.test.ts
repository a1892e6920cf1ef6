import { describe, expect, it } from 'vitest';
import {
  type Address,
  parseModules,
  resolveAddress,
  shownAddress,
} from '../../../cli/door/submodule-address.ts';
import { parseSiteName } from '../../../core/index.ts';

const app: Address = { kind: 'here', repository: parseSiteName('app') };
const lib: Address = { kind: 'here', repository: parseSiteName('lib') };
const rules = {
  sameHost: true,
  urls: ['https://github.com/acme/', 'ssh://git@git.example.com', 'http://127.0.0.1:8080/one'],
  hosts: ['deploy.example.test'],
};
const url = (text: string): Address => ({ kind: 'url', url: text });

describe('an address in .gitmodules', () => {
  it.each([
    ['../lib.git', lib],
    ['../lib', lib],
    ['ssh://git@deploy.example.test/lib.git', lib],
    ['ssh://git@deploy.example.test:2222/lib', lib],
    ['git@deploy.example.test:lib.git', lib],
    ['https://github.com/acme/lib.git', url('https://github.com/acme/lib.git')],
    ['https://github.com/acme/deep/lib', url('https://github.com/acme/deep/lib')],
    ['https://GitHub.com/acme/lib', url('https://github.com/acme/lib')],
    ['git@git.example.com:team/lib.git', url('ssh://git@git.example.com/team/lib.git')],
    ['ssh://git@git.example.com/team/lib.git', url('ssh://git@git.example.com/team/lib.git')],
    ['http://127.0.0.1:8080/one.git', url('http://127.0.0.1:8080/one.git')],
    ['http://127.0.0.1:8080/one/more', url('http://127.0.0.1:8080/one/more')],
  ])('%s may be followed', (text, address) => {
    expect(resolveAddress(text, app, rules)).toEqual(address);
  });

  it.each([
    '',
    'lib',
    './lib.git',
    '../../lib.git',
    '../other/lib.git',
    '../..',
    '../Lib',
    '../.git',
    '/srv/lib.git',
    'file:///srv/lib.git',
    'ext::sh -c "touch canary"',
    'ext::true',
    'fd::3',
    'git://github.com/acme/lib',
    '-u',
    '--upload-pack=touch canary',
    'ssh://-oProxyCommand=touch/lib',
    '-oProxyCommand=touch:lib',
    'https://github.com/acme-evil/lib',
    'https://github.com/other/lib',
    'https://github.com/acme/../other/lib',
    'https://github.com/acme/%2e%2e/other/lib',
    'https://github.com/acme/..%2fother/lib',
    'https://github.com/acme\\..\\other/lib',
    'https://github.com.evil.test/acme/lib',
    'https://github.com@evil.test/acme/lib',
    'https://github.com:8443/acme/lib',
    'https://user:word@github.com/acme/lib',
    'https://token@github.com/acme/lib',
    'https://github.com/acme/lib?x=y',
    'http://github.com/acme/lib',
    'ssh://root@git.example.com/team/lib.git',
    'http://127.0.0.1:8080/one-more',
    'http://127.0.0.1:8081/one',
    'https://github.com/acme/li\nb',
    'ssh://git@deploy.example.test/a/lib.git',
    `https://github.com/acme/${'x'.repeat(2000)}`,
  ])('%j may not', (text) => {
    expect(resolveAddress(text, app, rules)).toBeUndefined();
  });

  it('of this host may not where the operator does not allow it', () => {
    const closed = { ...rules, sameHost: false };
    for (const text of ['../lib.git', 'ssh://git@deploy.example.test/lib.git'])
      expect(resolveAddress(text, app, closed)).toBeUndefined();
  });

  it('that is relative starts at the repository it stands in', () => {
    const base = url('https://github.com/acme/lib.git');
    expect(resolveAddress('../util.git', base, rules)).toEqual(url('https://github.com/acme/util.git'));
    expect(resolveAddress('../../other/util.git', base, rules)).toBeUndefined();
  });
});

describe('.gitmodules', () => {
  it('gives an address for each path', () => {
    const text = [
      'core.hookspath\n/tmp/evil',
      'submodule.a.path\nlib/a',
      'submodule.a.url\n../a.git',
      'submodule.a.update\n!touch canary',
      'submodule.with.dots.url\nhttps://example.com/x',
      'submodule.with.dots.path\ndots',
      'submodule.nowhere.url\n../b',
      'submodule.bare.path',
      '',
    ].join('\0');
    expect([...parseModules(text)]).toEqual([
      ['lib/a', '../a.git'],
      ['dots', 'https://example.com/x'],
    ]);
  });
});

it.each([
  ['https://user:word@example.com/x', 'https://example.com/x'],
  ['a\nb\u001b[31m', String.raw`a\nb\u001b[31m`],
  ['x'.repeat(300), 'x'.repeat(200)],
])('%j is shown as %j', (text, shown) => {
  expect(shownAddress(text)).toBe(shown);
});
