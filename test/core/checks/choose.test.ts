/** Which check a site gets, from its settings, tags and ports. */
import { describe, expect, it } from 'vitest';
import { checkOf, kindOf, mayEnd, portProblem } from '../../../core/checks/choose.ts';
import { parseSiteName } from '../../../core/grammar.ts';
import { readRecord } from '../../../core/records.ts';
import type { Image } from '../../../core/release.ts';
import { checkSetting, resolveSite } from '../../../core/site.ts';
import { makeRelease } from '../../contracts/fixture.ts';

const app = parseSiteName('app');
const tcp = (port: number) => ({ port, protocol: 'tcp' as const });
const udp = (port: number) => ({ port, protocol: 'udp' as const });
const image = (ports: Image['ports'], serviceTags?: string): Image => ({
  id: 'sha256:1',
  ports,
  volumes: [],
  ...(serviceTags === undefined ? {} : { serviceTags }),
});
const resolve = (given: Record<string, string>, ports: Image['ports'], tags?: string) =>
  resolveSite(app, given, image(ports, tags));
const chosen = (...parameters: Parameters<typeof resolve>) => {
  const resolved = resolve(...parameters);
  return checkOf(resolved.check, resolved);
};
const off = { NO_HTTP_PROXY: '1' };

describe('without a setting', () => {
  it.each([
    {
      what: 'a routed site is asked by HTTP',
      ports: [tcp(80), tcp(81)],
      check: { kind: 'http', port: 80, path: '/' },
    },
    {
      what: 'at the port that OCTO_PORT names',
      given: { OCTO_PORT: '3000' },
      ports: [tcp(80)],
      check: { kind: 'http', port: 3000, path: '/' },
    },
    {
      what: 'a site without a route is asked for a connection, at any of its ports',
      given: off,
      ports: [tcp(3306), tcp(33060), udp(9)],
      check: { kind: 'tcp', ports: [3306, 33060] },
    },
    {
      what: 'the tags that octohost gives by itself make no site speak HTTP',
      given: off,
      ports: [tcp(5432)],
      check: { kind: 'tcp', ports: [5432] },
    },
    {
      what: 'one that its image tags http is asked by HTTP without a route',
      given: off,
      ports: [udp(9), tcp(90)],
      tags: 'internal,http',
      check: { kind: 'http', port: 90, path: '/' },
    },
    {
      what: 'or that a setting does',
      given: { ...off, CONSUL_TAGS: 'http', OCTO_PORT: '91' },
      ports: [tcp(90), tcp(91)],
      check: { kind: 'http', port: 91, path: '/' },
    },
    {
      what: 'the setting of tags is stronger',
      given: { ...off, CONSUL_TAGS: 'db' },
      ports: [tcp(90)],
      tags: 'http',
      check: { kind: 'tcp', ports: [90] },
    },
    { what: 'UDP alone has to stay up', ports: [udp(53)], check: { kind: 'up', mayEnd: true } },
    { what: 'so does what has no port', ports: [], check: { kind: 'up', mayEnd: true } },
    {
      what: 'tags without a port say nothing',
      given: off,
      ports: [],
      tags: 'http',
      check: { kind: 'up', mayEnd: true },
    },
  ])('$what', ({ given = {}, ports, tags, check }) => {
    expect(chosen(given, ports, tags)).toEqual(check);
  });
});

describe('with settings', () => {
  it.each([
    {
      what: 'a path',
      given: { OCTO_CHECK_PATH: '/up?full=1' },
      check: { kind: 'http', port: 80, path: '/up?full=1' },
    },
    {
      what: 'a path of a site without a route',
      given: { ...off, OCTO_CHECK_PATH: '/up' },
      check: { kind: 'http', port: 80, path: '/up' },
    },
    {
      what: 'statuses and a text',
      given: { OCTO_CHECK_STATUS: '200-299, 304', OCTO_CHECK_BODY: 'ok: yes' },
      check: {
        kind: 'http',
        port: 80,
        path: '/',
        status: [
          { from: 200, to: 299 },
          { from: 304, to: 304 },
        ],
        body: 'ok: yes',
      },
    },
    {
      what: 'another port',
      given: { OCTO_CHECK_PORT: '9000' },
      check: { kind: 'http', port: 9000, path: '/' },
    },
    { what: 'TCP for a routed site', given: { OCTO_CHECK: 'tcp' }, check: { kind: 'tcp', ports: [80, 81] } },
    {
      what: 'TCP at one port',
      given: { OCTO_CHECK: 'tcp', OCTO_CHECK_PORT: '81' },
      check: { kind: 'tcp', ports: [81] },
    },
    { what: "the image's own", given: { OCTO_CHECK: 'healthcheck' }, check: { kind: 'healthcheck' } },
    {
      what: 'nothing: a routed site may not end',
      given: { OCTO_CHECK: ' Up ' },
      check: { kind: 'up', mayEnd: false },
    },
    {
      what: 'nothing: one without a route may',
      given: { ...off, OCTO_CHECK: 'up' },
      check: { kind: 'up', mayEnd: true },
    },
    {
      what: "a command's text is for the shell of the container",
      given: { OCTO_CHECK_COMMAND: 'redis-cli ping | grep PONG' },
      check: { kind: 'command', command: ['sh', '-c', 'redis-cli ping | grep PONG'] },
    },
    {
      what: 'also one that begins as a list does',
      given: { OCTO_CHECK_COMMAND: '[ -f /ready ]' },
      check: { kind: 'command', command: ['sh', '-c', '[ -f /ready ]'] },
    },
    {
      what: 'a list of words is run as it is',
      given: { OCTO_CHECK_COMMAND: '["/probe", "two words"]' },
      check: { kind: 'command', command: ['/probe', 'two words'] },
    },
    {
      what: 'the kind decides where both are set',
      given: { OCTO_CHECK: 'http', OCTO_CHECK_COMMAND: 'x', OCTO_CHECK_PATH: '/up' },
      check: { kind: 'http', port: 80, path: '/up' },
    },
  ])('$what', ({ given, check }) => {
    expect(chosen(given, [tcp(80), tcp(81)])).toEqual(check);
  });

  it('how often and how long is asked is part of it', () => {
    const given = { OCTO_CHECK_INTERVAL: '2', OCTO_CHECK_RETRIES: '0', OCTO_CHECK_TIMEOUT: '5' };
    expect(resolve(given, [tcp(80)]).check).toEqual({ intervalSeconds: 2, retries: 0, timeoutSeconds: 5 });
    expect(resolve({}, [tcp(80)]).check).toEqual({ timeoutSeconds: 60 });
  });

  it.each([
    ['OCTO_CHECK', 'ping'],
    ['OCTO_CHECK_PORT', '0'],
    ['OCTO_CHECK_PATH', 'up'],
    ['OCTO_CHECK_PATH', '/a b'],
    ['OCTO_CHECK_PATH', '/a\r\nHost: x'],
    ['OCTO_CHECK_STATUS', ''],
    ['OCTO_CHECK_STATUS', '2xx'],
    ['OCTO_CHECK_STATUS', '399-200'],
    ['OCTO_CHECK_STATUS', '600'],
    ['OCTO_CHECK_BODY', ''],
    ['OCTO_CHECK_COMMAND', ''],
    ['OCTO_CHECK_INTERVAL', '0'],
    ['OCTO_CHECK_RETRIES', '-1'],
    ['OCTO_CHECK_TIMEOUT', '1h'],
  ])('%s cannot be %j', (key, value) => {
    expect(() => checkSetting(key, value)).toThrow(expect.objectContaining({ code: 'E_SETTING_VALUE' }));
  });

  it.each([{ OCTO_CHECK_COMMAND: 'x', OCTO_CHECK_PATH: '/up' }, { OCTO_CHECK: 'command' }])(
    'that do not go together are refused: %j',
    (given) => {
      expect(() => resolve(given, [tcp(80)])).toThrow(
        expect.objectContaining({ code: 'E_SETTINGS', details: [expect.stringContaining('OCTO_CHECK')] }),
      );
    },
  );

  it.each([
    { check: { kind: 'http' }, ports: [udp(53)], problem: true },
    { check: { kind: 'tcp' }, ports: [], problem: true },
    { check: { kind: 'tcp', port: 9 }, ports: [], problem: false },
    { check: { kind: 'healthcheck' }, ports: [], problem: false },
    { check: {}, ports: [], problem: false },
  ] as const)('need a port where one is asked: %j', ({ check, ports, problem }) => {
    const found = portProblem({ ...check, timeoutSeconds: 1 }, { ports });
    expect(found !== undefined).toBe(problem);
  });
});

describe('a release', () => {
  it('of before, which knows a time alone, has the check of its ports', () => {
    const old = { timeoutSeconds: 60 };
    expect(kindOf(old, { httpPort: 80, ports: [tcp(80)] })).toBe('http');
    expect(kindOf(old, { ports: [tcp(80)] })).toBe('tcp');
    expect(kindOf(old, { ports: [] })).toBe('up');
  });

  it.each([
    { timeoutSeconds: 60 },
    {
      kind: 'http',
      port: 80,
      path: '/up',
      status: [{ from: 200, to: 299 }],
      body: 'ok',
      command: ['sh', '-c', 'x'],
      intervalSeconds: 2,
      retries: 0,
      timeoutSeconds: 5,
    },
  ] as const)('keeps its check in the store: %j', (check) => {
    const release = makeRelease(app, image([]), { check });
    expect(readRecord('release', JSON.stringify(release))).toMatchObject({ check });
  });

  it.each([
    { what: 'that only stays up', check: {}, run: { ports: [udp(53)] }, ends: true },
    { what: 'that is asked', check: {}, run: { ports: [tcp(80)] }, ends: false },
    { what: 'that is routed', check: { kind: 'up' }, run: { httpPort: 80, ports: [tcp(80)] }, ends: false },
    { what: 'with a check of its own', check: { kind: 'command' }, run: { ports: [] }, ends: false },
  ] as const)('$what may end with 0: $ends', ({ check, run, ends }) => {
    expect(mayEnd({ ...check, timeoutSeconds: 1 }, run)).toBe(ends);
  });
});
