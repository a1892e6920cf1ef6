import { expect, it } from 'vitest';
import { explain } from '../../core/explain.ts';
import { parseDomain, parseSiteName } from '../../core/grammar.ts';
import type { Release } from '../../core/release.ts';
import { makeRelease } from '../contracts/fixture.ts';
import { selfSigned } from '../helpers/certificates.ts';

const app = parseSiteName('app');
const { key } = selfSigned('app.test');
const config = {
  instances: { address: '127.0.0.1', first: 1, last: 2 },
  domainSuffix: parseDomain('example.com'),
  defaults: {},
};
const image = { id: 'sha256:1', ports: [{ port: 80, protocol: 'tcp' as const }], volumes: ['/data'] };
const domains = [
  { domain: parseDomain('app.example.com'), origin: 'default' as const },
  { domain: parseDomain('www.app.org'), origin: 'CNAME' as const },
];
const options = {
  file: 'Dockerfile',
  addName: 2,
  volumesFrom: 3,
  links: [
    { alias: 'redis', line: 4 },
    { alias: 'db', container: 'corp_db', line: 5 },
  ],
  mounts: [{ source: '/srv/a', target: '/b', readOnly: true, line: 6 }],
  hostPorts: [{ port: 53, protocol: 'udp' as const, hostPort: 53, hostAddress: '0.0.0.0', line: 7 }],
};
const lines = (settings: Record<string, string>, release?: Release) =>
  explain({ site: app, settings, said: {}, release, domains, adoptedVolumes: [], config }).map(
    ({ name, value, origin }) => `${name} = ${value} (${origin})`,
  );

it('names each value with its origin', () => {
  const declared = { domains: [parseDomain('www.app.org')], options };
  const settings = {
    CONTAINERS: '1',
    MEMORY_LIMIT: '64m',
    SSL_FORCED: '1',
    SSL_KEY: key,
    TOKEN: 'secret',
    DOMAINS: 'x.org',
  };
  expect(lines(settings, makeRelease(app, image, { declared, number: 3 }))).toEqual([
    'image = sha256:1 (release 3)',
    'volume = /data (image)',
    'http port = 80 (image)',
    'port = 80/tcp (image)',
    'port = 53/udp (Dockerfile line 7)',
    'address = 127.0.0.1 (configuration instances)',
    'domain = app.example.com (configuration domainSuffix)',
    'domain = www.app.org (CNAME)',
    'check.kind = http at port 80 (default)',
    'instances = 1 (setting CONTAINERS)',
    'memory = 67108864 bytes (setting MEMORY_LIMIT)',
    'gracePeriod = 10 s (default)',
    'check.timeout = 60 s (default)',
    'releaseTimeout = 600 s (default)',
    'routing.httpsOnly = on (setting SSL_FORCED)',
    'SSL_KEY = set, not shown (setting SSL_KEY)',
    'host name = www.app.org (CNAME)',
    'name = app (Dockerfile line 2)',
    'volumes from = app_data (Dockerfile line 3)',
    'link = app_redis:redis (Dockerfile line 4)',
    'link = corp_db:db (Dockerfile line 5)',
    'mount = /srv/a:/b:ro (Dockerfile line 6)',
    'host port = 0.0.0.0:53:53/udp (Dockerfile line 7)',
    'environment = CONTAINER_NAME=app (default)',
    'environment = TOKEN (setting TOKEN)',
  ]);
});

it.each([
  [{ NO_HTTP_PROXY: '1' }, 'none (setting NO_HTTP_PROXY)'],
  [{ NO_HTTP_PROXY: '0' }, '80 (image)'],
  [{}, 'none (Dockerfile line 9)'],
  [{ NO_HTTP_PROXY: 'off', OCTO_PORT: '3000' }, '3000 (setting OCTO_PORT)'],
])('a setting is stronger than the Dockerfile: %j', (settings, wanted) => {
  const declared = { domains: [], options: { ...options, noHttpProxy: 9 } };
  const all = lines(settings, makeRelease(app, image, { declared }));
  expect(all).toContain(`http port = ${wanted}`);
  expect(all.some((line) => line.startsWith('domain = '))).toBe(!wanted.startsWith('none'));
});

it("a volume that a site was taken over with is in the place of its image's", () => {
  const adoptedVolumes = [
    { path: '/data', name: 'old_data' },
    { path: '/etc/x', name: 'conf', readOnly: true as const },
  ];
  const release = makeRelease(app, { ...image, volumes: ['/data', '/more'] });
  const rows = explain({ site: app, settings: {}, said: {}, release, domains, adoptedVolumes, config });
  expect(
    rows.filter(({ name }) => name === 'volume').map(({ value, origin }) => `${value} (${origin})`),
  ).toEqual([
    '/more (image)',
    'old_data:/data (taken over with the site)',
    'conf:/etc/x:ro (taken over with the site)',
  ]);
});

it('a site without a release has the check that it asks for, at whichever port', () => {
  expect(lines({ OCTO_CHECK: 'http' })).toContain('check.kind = http (setting OCTO_CHECK)');
});

it('a site without a release has its settings and defaults', () => {
  expect(lines({ CONTAINERS: '2' })).toEqual(
    expect.arrayContaining(['image = none yet (default)', 'instances = 2 (setting CONTAINERS)']),
  );
});

it.each([
  [{}, ['check.kind = http at port 80 (default)', 'check.timeout = 60 s (default)']],
  [{ NO_HTTP_PROXY: '1' }, ['check.kind = tcp at port 80 or 81 (default)', 'check.timeout = 60 s (default)']],
  [
    { OCTO_CHECK_PATH: '/up', OCTO_CHECK_STATUS: '200,301-308', OCTO_CHECK_PORT: '81' },
    [
      'check.kind = http at port 81 (setting OCTO_CHECK_PATH)',
      'check.port = 81 (setting OCTO_CHECK_PORT)',
      'check.path = /up (setting OCTO_CHECK_PATH)',
      'check.status = 200, 301-308 (setting OCTO_CHECK_STATUS)',
      'check.timeout = 60 s (default)',
    ],
  ],
  [
    { OCTO_CHECK_COMMAND: 'test -f /ready', OCTO_CHECK_RETRIES: '3', OCTO_CHECK_TIMEOUT: '5' },
    [
      'check.kind = command (setting OCTO_CHECK_COMMAND)',
      'check.command = ["sh","-c","test -f /ready"] (setting OCTO_CHECK_COMMAND)',
      'check.retries = 3 (setting OCTO_CHECK_RETRIES)',
      'check.timeout = 5 s (setting OCTO_CHECK_TIMEOUT)',
    ],
  ],
] as [Record<string, string>, string[]][])('tells the check: %j', (settings, wanted) => {
  const ports = [80, 81].map((port) => ({ port, protocol: 'tcp' as const }));
  const all = lines(settings, makeRelease(app, { ...image, ports }));
  expect(all.filter((line) => line.startsWith('check.'))).toEqual(wanted);
});
