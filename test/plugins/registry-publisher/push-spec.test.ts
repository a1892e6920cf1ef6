import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { registryPublisher } from '../../../plugins/registry-publisher/index.ts';
import { pushedDigest, pushTarget } from '../../../plugins/registry-publisher/push-spec.ts';

const site = parseSiteName('app');

describe('The target of a push', () => {
  it('is the site below the registry, with the moving tag last', () => {
    expect(pushTarget({ registry: 'reg:5000' }, site, 3)).toEqual({
      repository: 'reg:5000/app',
      tags: ['3', 'latest'],
    });
  });

  it('may lie below a path', () => {
    expect(pushTarget({ registry: 'reg:5000', repository: 'a/b' }, site, 3).repository).toBe(
      'reg:5000/a/b/app',
    );
  });
});

describe('The digest of a push', () => {
  const Digest = `sha256:${'a'.repeat(64)}`;

  it.each([
    { event: { aux: { Tag: '1', Digest, Size: 5 } }, is: Digest },
    { event: { aux: { ID: Digest } }, is: undefined },
    { event: { aux: { Digest: 'nonsense' } }, is: undefined },
    { event: { status: 'Pushed' }, is: undefined },
  ])('of $event is $is', ({ event, is }) => {
    expect(pushedDigest(event)).toBe(is);
  });
});

describe('The options of the publisher', () => {
  it.each([
    { name: 'a scheme', options: { registry: 'https://reg.example' }, at: 'registry' },
    { name: 'a host that would be a path on Docker Hub', options: { registry: 'team' }, at: 'registry' },
    { name: 'an option', options: { registry: 'reg:5000', repository: '/x' }, at: 'repository' },
    { name: 'a path', options: { registry: 'reg:5000', repository: 'A/b' }, at: 'repository' },
    { name: 'a relative file', options: { registry: 'reg:5000', passwordFile: 'x' }, at: 'passwordFile' },
  ])('refuse $name', ({ options, at }) => {
    expect(() => registryPublisher(options)).toThrow(
      expect.objectContaining({ code: 'E_DOCKER_OPTIONS', message: expect.stringContaining(`${at}: `) }),
    );
  });

  it('refuse a name that they do not know', () => {
    const options = { registry: 'reg:5000', password: 'hush' };
    expect(() => registryPublisher(options)).toThrow(expect.objectContaining({ code: 'E_DOCKER_OPTIONS' }));
    expect(() => registryPublisher(options)).not.toThrow(/hush/);
  });
});
