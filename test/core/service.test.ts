import { describe, expect, it } from 'vitest';
import { parseIpAddress, parseSiteName } from '../../core/grammar.ts';
import { servicesOf } from '../../core/instances.ts';
import { byHandService, serviceDefinition, serviceOptions } from '../../core/service.ts';
import { freshSite, makeRelease } from '../contracts/fixture.ts';

const options = (settings: Record<string, string>, serviceTags?: string) =>
  serviceOptions(settings, serviceTags === undefined ? {} : { serviceTags });

describe('tags', () => {
  it.each([
    [{}, undefined, ['http']],
    [{}, 'http,web', ['http', 'web']],
    [{}, '', ['http']],
    [{ CONSUL_TAGS: 'https  x,x' }, 'http,web', ['https', 'x']],
    [{}, 'http,\x1b[2J,\u009bK', ['http', '[2J', 'K']],
  ])('of %j and the image’s %j are %j', (settings, image, tags) => {
    expect(options(settings, image).tags).toEqual(tags);
  });
});

it('PARITY bug 13: several ports, TCP and UDP, make one service, at the port that speaks HTTP', () => {
  const ports = [
    { port: 8080, protocol: 'udp' as const },
    { port: 8080, protocol: 'tcp' as const },
    { port: 9090, protocol: 'tcp' as const },
  ];
  const image = { id: 'sha256:1', ports, volumes: [] };
  const release = makeRelease(freshSite(), image, {
    run: { httpPort: 8080, ports, volumes: [], generation: 1 },
  });
  const bindings = ports.map((port, index) => ({
    ...port,
    hostAddress: '127.0.0.1',
    hostPort: 20_000 + index,
  }));
  const instance = { id: 'i', name: 'n', site: release.site, release: 1, deploy: 'd', spec: 's', bindings };
  expect(servicesOf(release, [instance]).map(({ id }) => id)).toEqual([`${release.site}-127.0.0.1-20001`]);
});

describe('the check', () => {
  it('stands only beside a tag that contains http', () => {
    expect(options({ CONSUL_TAGS: 'db', CUSTOM_CHECK: 'http://x' })).toEqual({ tags: ['db'] });
    expect(options({ CONSUL_TAGS: 'https' }).check).toEqual({ interval: '15s' });
  });

  it('is bad or good again after as many answers as are set', () => {
    const { check } = options({ OCTO_SERVICE_FAILURES: '3', OCTO_SERVICE_SUCCESSES: ' 2 ' });
    expect(check).toEqual({ interval: '15s', failures: 3, successes: 2 });
  });

  it('asks the service itself, or what CUSTOM_CHECK says', () => {
    const binding = { port: 80, protocol: 'tcp' as const, hostAddress: '::1', hostPort: 20_000 };
    const image = { id: 'sha256:1', ports: [], volumes: [] };
    const checkOf = (settings: Record<string, string>) => {
      const release = makeRelease(freshSite(), image, {
        run: { httpPort: 80, ports: [], volumes: [], generation: 1 },
        service: options(settings),
      });
      const instance = { id: 'i', name: 'n', site: release.site, release: 1, deploy: 'd', spec: 's' };
      return servicesOf(release, [{ ...instance, bindings: [binding] }])[0]?.check;
    };
    expect(checkOf({})).toEqual({ http: 'http://[::1]:20000', interval: '15s' });
    expect(checkOf({ CUSTOM_CHECK: 'http://x/y', CUSTOM_CHECK_INTERVAL: '3s' })).toEqual({
      http: 'http://x/y',
      interval: '3s',
    });
  });
});

describe('the definition for a catalog', () => {
  const app = parseSiteName('app');

  it('has the fields of the original, and says in Meta whose the service is', () => {
    const service = {
      kind: 'instance',
      id: 'app-127.0.0.1-20000',
      site: app,
      address: '127.0.0.1',
      port: 20_000,
      tags: ['http', 'blue'],
      check: { http: 'http://127.0.0.1:20000', interval: '15s' },
      instance: 'c0ffee',
      deploy: 'd1',
      spec: 'abc',
    } as const;
    expect(serviceDefinition(service, '0a1b2c3d')).toEqual({
      ID: 'app-127.0.0.1-20000',
      Name: 'app',
      Address: '127.0.0.1',
      Port: 20_000,
      Tags: ['http', 'blue'],
      Meta: {
        'octohost-installation': '0a1b2c3d',
        'octohost-site': 'app',
        'octohost-kind': 'instance',
        'octohost-deploy': 'd1',
        'octohost-instance': 'c0ffee',
        'octohost-spec': 'abc',
      },
      check: { http: 'http://127.0.0.1:20000', interval: '15s' },
    });
  });

  it('of a service that was given by hand says who gave it, and has no check where no tag contains http', () => {
    const given = { address: parseIpAddress('fd00:0::5'), port: 5432, tags: ['db'] };
    const service = byHandService(app, given, { actor: 'me', since: '2026-01-01T00:00:00.000Z' });
    expect(serviceDefinition(service, '0a1b2c3d')).toEqual({
      ID: 'app-fd00::5-5432',
      Name: 'app',
      Address: 'fd00::5',
      Port: 5432,
      Tags: ['db'],
      Meta: {
        'octohost-installation': '0a1b2c3d',
        'octohost-site': 'app',
        'octohost-kind': 'by-hand',
        'octohost-actor': 'me',
        'octohost-since': '2026-01-01T00:00:00.000Z',
      },
    });
  });
});
