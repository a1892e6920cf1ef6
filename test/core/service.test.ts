import { describe, expect, it } from 'vitest';
import { servicesOf } from '../../core/instances.ts';
import { serviceOptions } from '../../core/service.ts';
import { freshSite, makeRelease } from '../contracts/fixture.ts';

const options = (settings: Record<string, string>, serviceTags?: string) =>
  serviceOptions(settings, serviceTags === undefined ? {} : { serviceTags });

describe('tags', () => {
  it.each([
    [{}, undefined, ['http']],
    [{}, 'http,web', ['http', 'web']],
    [{}, '', ['http']],
    [{ CONSUL_TAGS: 'https  x,x' }, 'http,web', ['https', 'x']],
  ])('of %j and the image’s %j are %j', (settings, image, tags) => {
    expect(options(settings, image).tags).toEqual(tags);
  });
});

describe('the check', () => {
  it('stands only beside a tag that contains http', () => {
    expect(options({ CONSUL_TAGS: 'db', CUSTOM_CHECK: 'http://x' })).toEqual({ tags: ['db'] });
    expect(options({ CONSUL_TAGS: 'https' }).check).toEqual({ interval: '15s' });
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
