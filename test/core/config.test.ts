import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../../core/config.ts';

const file = '/etc/octohost/octohost.config.ts';

describe('a configuration', () => {
  it('has a default for everything but its plugins', () => {
    expect(resolveConfig({ plugins: [] }, file)).toEqual({
      file,
      dataDir: '/var/lib/octohost',
      user: 'git',
      domainSuffix: 'localhost',
      extraSuffixes: [],
      http: { address: '::', port: 80 },
      https: { port: 443 },
      instances: { address: '127.0.0.1', first: 20_000, last: 29_999 },
      ssh: { sshdConfig: '/etc/ssh/sshd_config' },
      git: {
        maxPushMegabytes: 1024,
        maxPushSeconds: 1800,
        submodules: { sameHost: false, urls: [] },
      },
      builds: {
        maxSeconds: 3600,
        maxOutputMegabytes: 20,
        minFreeMegabytes: 512,
        disks: ['/var/lib/docker'],
      },
      releases: { keep: 5 },
      allow: [],
      limits: {},
      defaults: {},
      environment: {},
      plugins: [],
    });
  });

  it('says how many images are built at once, at least one', () => {
    expect(resolveConfig({ plugins: [], builds: { atOnce: 3 } }, file).builds).toMatchObject({ atOnce: 3 });
    expect(() => resolveConfig({ plugins: [], builds: { atOnce: 0 } }, file)).toThrow(
      expect.objectContaining({ details: [expect.stringMatching(/^builds\.atOnce/)] }),
    );
  });

  it('says how many releases are kept, at least one', () => {
    expect(resolveConfig({ plugins: [], releases: { keep: 9 } }, file).releases).toEqual({ keep: 9 });
    expect(() => resolveConfig({ plugins: [], releases: { keep: 0 } }, file)).toThrow(
      expect.objectContaining({ details: [expect.stringMatching(/^releases\.keep/)] }),
    );
  });

  it('may name part of a group; a relative path starts beside the file', () => {
    const given = { plugins: [], http: { port: 8080 }, dataDir: 'data', ssh: { authorizedKeys: 'ssh/keys' } };
    expect(resolveConfig(given, file)).toMatchObject({
      dataDir: '/etc/octohost/data',
      ssh: { authorizedKeys: '/etc/octohost/ssh/keys', sshdConfig: '/etc/ssh/sshd_config' },
      http: { address: '::', port: 8080 },
    });
  });

  it('may name the certificate of all sites, by a file for it and one for its key', () => {
    const https = { port: 8443, certificate: 'tls/all.pem', key: '/etc/tls/all.key' };
    expect(resolveConfig({ plugins: [], https }, file).https).toEqual({
      port: 8443,
      certificate: '/etc/octohost/tls/all.pem',
      key: '/etc/tls/all.key',
    });
    expect(() => resolveConfig({ plugins: [], https: { certificate: 'tls/all.pem' } }, file)).toThrow(
      expect.objectContaining({ code: 'E_CONFIG', details: [expect.stringContaining('name both')] }),
    );
  });

  it('that is wrong is told all at once, unknown names with the known ones', () => {
    const attempt = () => resolveConfig({ pluginz: [], http: { port: 0 } }, file);
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'E_CONFIG',
        exit: 2,
        details: expect.arrayContaining([
          expect.stringContaining('pluginz'),
          expect.stringMatching(/^http\.port: Too small/),
          expect.stringMatching(/^plugins/),
        ]),
      }),
    );
  });

  it('may say what every site gets, with the keys of a site file', () => {
    const defaults = { memory: '256m', check: { timeout: 5 }, environment: { TZ: 'UTC', LEVEL: 3 } };
    expect(resolveConfig({ plugins: [], defaults }, file).defaults).toEqual({
      MEMORY_LIMIT: '256m',
      OCTO_CHECK_TIMEOUT: '5',
      TZ: 'UTC',
      LEVEL: '3',
    });
  });

  it('with defaults that are wrong is told each of them', () => {
    const defaults = { memory: '1k', port: 80, check: { timout: 5 }, environment: { CONTAINERS: 2 } };
    expect(() => resolveConfig({ plugins: [], defaults }, file)).toThrow(
      expect.objectContaining({
        details: [
          "defaults: memory is below the engine's least, 6m",
          'defaults: there is no key check.timout; did you mean check.timeout?',
          "defaults: environment.CONTAINERS is octohost's own: write instances",
          'defaults: there is no key port',
        ],
      }),
    );
  });

  it.each([undefined, null, 'x', []])('that is %j is refused', (value) => {
    expect(() => resolveConfig(value, file)).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
  });

  it('with ports the wrong way round is refused', () => {
    expect(() => resolveConfig({ plugins: [], instances: { ports: [3, 2] } }, file)).toThrow(
      expect.objectContaining({ code: 'E_CONFIG' }),
    );
  });

  it('may have more suffixes; those that are no domains are named together', () => {
    const given = (...extraSuffixes: string[]) =>
      resolveConfig({ plugins: [], domainSuffix: 'example.com', extraSuffixes }, file);
    expect(given('192.0.2.1.xip.example', 'Bücher.example', 'example.com')).toMatchObject({
      domainSuffix: 'example.com',
      extraSuffixes: ['192.0.2.1.xip.example', 'xn--bcher-kva.example'],
    });
    expect(() => given('http://a.org', 'b.org', '*.c.org')).toThrow(
      expect.objectContaining({
        code: 'E_CONFIG',
        details: [expect.stringContaining('extraSuffixes.0'), expect.stringContaining('extraSuffixes.2')],
      }),
    );
  });

  const submodules = (...urls: string[]) => ({ plugins: [], git: { submodules: { urls } } });

  it.each([
    'https://github.com',
    'https://github.com/acme/',
    'http://127.0.0.1:8080/',
    'ssh://git@git.example.com:2222/~team/',
  ])('may allow submodules below %s', (url) => {
    expect(resolveConfig(submodules(url), file).git.submodules).toEqual({ sameHost: false, urls: [url] });
  });

  it.each([
    'file:///srv/git/',
    '/srv/git/',
    '../git',
    'ext::sh -c true',
    'git://example.com/',
    'git@example.com:acme/',
    'https://user:word@example.com/',
    'https://token@example.com/',
    'https:///acme/',
    'https://example.com/%2e%2e/',
    'https://example.com/?a=b',
    'https://',
    'https://exa mple.com/',
  ])('may not allow submodules below %s', (url) => {
    expect(() => resolveConfig(submodules(url), file)).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
  });

  it.each([{ maxPushMegabytes: 0 }, { maxPushSeconds: -1 }, { maxPushSeconds: 0.5 }, { maxPush: 1 }])(
    'with the limits %j is refused',
    (git) => {
      expect(() => resolveConfig({ plugins: [], git }, file)).toThrow(
        expect.objectContaining({ code: 'E_CONFIG' }),
      );
    },
  );
});
