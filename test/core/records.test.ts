/** What an older version wrote is still read. */
import { expect, it } from 'vitest';
import { readRecord, Unreadable } from '../../core/records.ts';
import { instanceSpec, specDigest } from '../../core/spec.ts';
import { freshSite, makeRelease } from '../contracts/fixture.ts';

const image = { id: 'sha256:1', ports: [{ port: 80, protocol: 'tcp' as const }], volumes: [] };

it('a release without run options reads as it stands, and its spec keeps its digest', () => {
  const old = makeRelease(freshSite(), image);
  const read = readRecord('release', JSON.stringify(old));
  expect(read).toEqual(old);
  expect(specDigest(instanceSpec(read as typeof old, {}))).toBe(specDigest(instanceSpec(old, {})));
  expect(Object.keys(instanceSpec(old, {})).toSorted()).toEqual([
    'environment',
    'generation',
    'image',
    'ports',
    'site',
    'volumes',
  ]);
});

it('a release with a site file reads as it was written', () => {
  const conf = { file: '.octohost.yml', values: '0'.repeat(64), lines: { CONTAINERS: 2 }, domains: [] };
  const release = makeRelease(freshSite(), image, { declared: { domains: [], conf } });
  expect(readRecord('release', JSON.stringify(release))).toEqual(release);
});

it('settings of which one is called problem are settings', () => {
  expect(readRecord('content', '{"problem": "none"}')).toEqual({ problem: 'none' });
  expect(readRecord('content', '{"problem": 1}')).toBeInstanceOf(Unreadable);
});

it('a release with run options reads as it was written', () => {
  const site = freshSite();
  const binding = { port: 80, protocol: 'tcp' as const, hostAddress: '0.0.0.0', hostPort: 80 };
  const release = makeRelease(site, image, {
    declared: {
      domains: [],
      options: {
        file: 'Dockerfile',
        addName: 1,
        links: [{ alias: 'a', container: 'b', line: 2 }],
        mounts: [{ source: '/a', target: '/b', readOnly: true, line: 3 }],
        hostPorts: [{ ...binding, line: 4 }],
      },
    },
    run: {
      ports: [],
      volumes: [],
      generation: 1,
      links: [{ alias: 'a', site, instance: 'x' }],
      volumesFrom: [{ site, instance: 'y' }],
      mounts: [{ source: '/a', target: '/b' }],
      hostPorts: [binding],
      name: 'app',
    },
  });
  expect(readRecord('release', JSON.stringify(release))).toEqual(release);
});

const key = {
  name: 'alice',
  type: 'ssh-ed25519',
  base64: 'AAAA',
  comment: '',
  fingerprint: 'SHA256:x',
  right: 'deploy',
  sites: ['app', 'shop-*'],
  addedAt: 'now',
  addedBy: 'me',
};

it('what others may have put there is read as what it is', () => {
  expect(readRecord('accessKey', JSON.stringify(key))).toEqual(key);
});

it.each([
  { what: 'no JSON', kind: 'pointer', text: '{' },
  { what: 'a byte order mark', kind: 'domains', text: '\uFEFF{"written": "", "set": []}' },
  { what: 'a number', kind: 'pointer', text: '1' },
  { what: 'null', kind: 'release', text: 'null' },
  { what: 'a list', kind: 'lease', text: '[]' },
  { what: 'depth', kind: 'content', text: '['.repeat(50_000) },
  { what: 'a value that is no text', kind: 'content', text: '{"A": {"B": "c"}}' },
  {
    what: 'a key whose name leads elsewhere',
    kind: 'accessKey',
    text: JSON.stringify({ ...key, name: '../x' }),
  },
  { what: 'a key with options', kind: 'accessKey', text: JSON.stringify({ ...key, type: 'command="sh" x' }) },
  { what: 'a key of two lines', kind: 'accessKey', text: JSON.stringify({ ...key, base64: 'A\nB' }) },
  { what: 'a key with another right', kind: 'accessKey', text: JSON.stringify({ ...key, right: 'root' }) },
  { what: 'a key for no sites', kind: 'accessKey', text: JSON.stringify({ ...key, sites: ['a"b'] }) },
  { what: 'a domain list that is a text', kind: 'domains', text: '{"written": "", "set": "a.org"}' },
  { what: 'a port that is freed never', kind: 'port', text: '{"site": "app", "deploy": "x", "freedAt": 0}' },
] as const)('$what is no record of a $kind', ({ kind, text }) => {
  expect(readRecord(kind, text)).toBeInstanceOf(Unreadable);
});
