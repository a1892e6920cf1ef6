import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import type { Image, Settings } from '../../core/release.ts';
import { checkSetting, environmentOf, resolveSite } from '../../core/site.ts';

const app = parseSiteName('app');
const settings = (values: Record<string, string>) => values as Settings;
const image = (...ports: Image['ports']): Image => ({ id: 'sha256:1', ports, volumes: [] });
const tcp = (port: number) => ({ port, protocol: 'tcp' as const });
const udp = (port: number) => ({ port, protocol: 'udp' as const });

describe('the HTTP port', () => {
  it.each([
    {
      what: 'the first TCP port that the image names',
      ports: [udp(53), tcp(8080), tcp(80)],
      given: {},
      port: 8080,
    },
    { what: 'OCTO_PORT, where it is set', ports: [tcp(8080)], given: { OCTO_PORT: '3000' }, port: 3000 },
    { what: 'none, where nothing is exposed', ports: [], given: {}, port: undefined },
    { what: 'none, where only UDP is exposed', ports: [udp(53)], given: {}, port: undefined },
    { what: 'none, with NO_HTTP_PROXY', ports: [tcp(8080)], given: { NO_HTTP_PROXY: '1' }, port: undefined },
  ])('is $what', ({ ports, given, port }) => {
    expect(resolveSite(app, settings(given), image(...ports)).httpPort).toBe(port);
  });

  it('is published even where the image does not expose it', () => {
    expect(resolveSite(app, settings({ OCTO_PORT: '3000' }), image(tcp(80))).ports).toEqual([
      tcp(3000),
      tcp(80),
    ]);
  });
});

describe('settings', () => {
  it('have defaults', () => {
    expect(resolveSite(app, settings({}), image(tcp(80)))).toMatchObject({
      count: 1,
      check: { timeoutSeconds: 60 },
      graceSeconds: 10,
    });
  });

  it('are read by what they mean', () => {
    const given = {
      CONTAINERS: '3',
      MEMORY_LIMIT: '256m',
      OCTO_PROCESSES: '200',
      OCTO_CPUS: '0.5',
      OCTO_CHECK_TIMEOUT: '5',
      OCTO_GRACE_PERIOD: '0',
    };
    expect(resolveSite(app, settings(given), image(tcp(80)))).toMatchObject({
      count: 3,
      memoryLimit: 256 * 1024 * 1024,
      processes: 200,
      cpus: 0.5,
      check: { timeoutSeconds: 5 },
      graceSeconds: 0,
    });
  });

  it.each([
    ['512mb', 512],
    ['1.5g', 1536],
    ['64M', 64],
    ['1 GiB', 1024],
  ])('of memory may be written as the engine takes them: %s', (MEMORY_LIMIT, megabytes) => {
    expect(resolveSite(app, settings({ MEMORY_LIMIT }), image()).memoryLimit).toBe(megabytes * 1024 ** 2);
  });

  it.each(['0', '0.01', '-1', '1e3', 'NaN', '.5', '1,5', '257', '0x10', ''])(
    'of processors are numbers that there can be: %j is none',
    (OCTO_CPUS) => {
      expect(() => resolveSite(app, settings({ OCTO_CPUS }), image())).toThrow(
        expect.objectContaining({ code: 'E_SETTINGS', details: [expect.stringContaining('0.05 to 256')] }),
      );
    },
  );

  it('that are wrong are all named at once', () => {
    const attempt = () =>
      resolveSite(app, settings({ CONTAINERS: 'many', MEMORY_LIMIT: '-1', OCTO_PORT: '99999' }), image());
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'E_SETTINGS', details: expect.objectContaining({ length: 3 }) }),
    );
  });

  it.each([
    { name: 'A=B', value: 'x' },
    { name: 'A\nB', value: 'x' },
    { name: '', value: 'x' },
    { name: 'below/A', value: 'x' },
    { name: 'A', value: 'x\0y' },
    { name: 'A', value: 'half of \uD83D' },
  ])('that somebody wrote into the store and that nobody could set are refused: $name $value', (one) => {
    expect(() => resolveSite(app, settings({ [one.name]: one.value }), image())).toThrow(
      expect.objectContaining({ code: 'E_SETTINGS', details: [expect.any(String)] }),
    );
  });

  it('of octohost never reach the environment, all others do, whole', () => {
    const given = {
      A: 'a:b:c=d "e"',
      DOMAINS: 'x.org',
      SSL_KEY: 'secret',
      CUSTOM_CHECK: 'x',
      NGINX_ALT: 'y',
      OCTO_PORT: '1',
      MEMORY_LIMIT: '1g',
    };
    expect(environmentOf(settings(given))).toEqual({ A: 'a:b:c=d "e"' });
  });

  it('that make an environment too large to keep are refused before anything is built of them', () => {
    const given = Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [name, 'x'.repeat(90_000)]));
    expect(() => resolveSite(app, settings(given), image())).toThrow(
      expect.objectContaining({ code: 'E_SETTINGS', details: [expect.stringContaining('300000')] }),
    );
  });

  it('of an image that exposes more ports than a site may have are refused', () => {
    const many = Array.from({ length: 65 }, (_, index) => tcp(1000 + index));
    expect(() => resolveSite(app, settings({}), image(...many))).toThrow(
      expect.objectContaining({ code: 'E_SETTINGS' }),
    );
  });

  it.each([
    ['CUSTOM_CHECK', 'http://10.0.0.5:8080/health?a=b#c'],
    ['CUSTOM_CHECK', 'https://[fd00::5]/'],
    ['CUSTOM_CHECK', ''],
    ['CUSTOM_CHECK_INTERVAL', '15s'],
    ['CUSTOM_CHECK_INTERVAL', ' 1m\n'],
    ['CUSTOM_CHECK_INTERVAL', '1h'],
    ['CUSTOM_CHECK_INTERVAL', ''],
    ['OCTO_SERVICE_FAILURES', '1'],
    ['OCTO_SERVICE_SUCCESSES', '100'],
  ])('of a check are taken as the catalog understands them: %s %j', (name, value) => {
    expect(() => checkSetting(name, value)).not.toThrow();
  });

  it.each([
    ['CUSTOM_CHECK', '/health', 'is not a URL'],
    ['CUSTOM_CHECK', 'file:///etc/passwd', 'is not a URL'],
    ['CUSTOM_CHECK', 'http://', 'is not a URL'],
    ['CUSTOM_CHECK', 'http://x/a b', 'is not a URL'],
    ['CUSTOM_CHECK', 'http://x/\x1b[2J', 'is not a URL'],
    ['CUSTOM_CHECK', 'http://me:secret@x/', 'has a user name or password'],
    ['CUSTOM_CHECK', `http://x/${'a'.repeat(500)}`, 'is longer than 500'],
    ['CUSTOM_CHECK_INTERVAL', '15', 'is not an interval'],
    ['CUSTOM_CHECK_INTERVAL', '0s', 'is not an interval'],
    ['CUSTOM_CHECK_INTERVAL', '1d', 'is not an interval'],
    ['CUSTOM_CHECK_INTERVAL', '-1s', 'is not an interval'],
    ['OCTO_SERVICE_FAILURES', '0', 'is not a whole number from 1 to 100'],
    ['OCTO_SERVICE_FAILURES', 'many', 'is not a whole number from 1 to 100'],
    ['OCTO_SERVICE_SUCCESSES', '101', 'is not a whole number from 1 to 100'],
  ])('of a check that make none are refused when they are set: %s %j', (name, value, problem) => {
    expect(() => checkSetting(name, value)).toThrow(
      expect.objectContaining({ code: 'E_SETTING_VALUE', message: expect.stringContaining(problem) }),
    );
  });

  it('with a name that octohost might use one day are refused when they are set', () => {
    expect(() => checkSetting('OCTO_COLOUR', 'red')).toThrow(
      expect.objectContaining({ code: 'E_SETTING_UNKNOWN' }),
    );
    expect(() => checkSetting('CONTAINERS', '0')).toThrow(
      expect.objectContaining({ code: 'E_SETTING_VALUE' }),
    );
    expect(() => checkSetting('CONTAINERS', '2')).not.toThrow();
    expect(() => checkSetting('DOMAINS', 'x.com; return 301')).toThrow(
      expect.objectContaining({
        code: 'E_SETTING_VALUE',
        message: 'The value of DOMAINS cannot be used: "x.com;" is not a domain.',
      }),
    );
  });
});
