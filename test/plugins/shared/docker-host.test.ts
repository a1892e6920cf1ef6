import { describe, expect, it } from 'vitest';
import { parseDockerHost, showDockerHost } from '../../../plugins/shared/docker-host.ts';

describe('The address of the Docker Engine', () => {
  it.each([
    {
      name: 'is the usual socket',
      option: undefined,
      env: {},
      is: { kind: 'unix', path: '/var/run/docker.sock' },
    },
    {
      name: 'is the usual socket where DOCKER_HOST is empty',
      option: undefined,
      env: { DOCKER_HOST: '' },
      is: { kind: 'unix', path: '/var/run/docker.sock' },
    },
    {
      name: 'comes from DOCKER_HOST',
      option: undefined,
      env: { DOCKER_HOST: 'unix:///run/other.sock' },
      is: { kind: 'unix', path: '/run/other.sock' },
    },
    {
      name: 'comes from the option first',
      option: 'tcp://127.0.0.1:4243',
      env: { DOCKER_HOST: 'unix:///run/other.sock' },
      is: { kind: 'tcp', host: '127.0.0.1', port: 4243 },
    },
    {
      name: 'has a usual port',
      option: 'tcp://[::1]',
      env: {},
      is: { kind: 'tcp', host: '::1', port: 2375 },
    },
    {
      name: 'is spoken to over TLS as the docker command does it',
      option: 'tcp://host.example',
      env: { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' },
      is: { kind: 'tcp', host: 'host.example', port: 2376, certificates: '/certs' },
    },
  ])('$name', ({ option, env, is }) => {
    expect(parseDockerHost(option, env)).toEqual(is);
  });

  it.each([
    'unix://',
    'unix://relative',
    'ssh://host',
    'tcp://',
    'tcp://user@host',
    'tcp://host/path',
    'host:1',
  ])('is not %s', (host) => {
    expect(() => parseDockerHost(host, {})).toThrow(expect.objectContaining({ code: 'E_DOCKER_HOST' }));
  });

  it.each(['tcp://10.0.0.1:2375', 'tcp://host.example', 'tcp://[fd00::1]', 'tcp://127.0.0.1.evil.example'])(
    'is refused where it leads to another host in the clear: %s',
    (host) => {
      expect(() => parseDockerHost(host, {})).toThrow(
        expect.objectContaining({ code: 'E_DOCKER_CLEAR', hint: expect.stringContaining('TLS') }),
      );
    },
  );

  it('is refused for TLS without certificates, rather than spoken to in the clear', () => {
    const environment = { DOCKER_TLS_VERIFY: '1' };
    expect(() => parseDockerHost('tcp://host', environment)).toThrow(
      expect.objectContaining({ code: 'E_DOCKER_HOST' }),
    );
  });

  it('is shown without its scheme', () => {
    expect(showDockerHost(parseDockerHost('tcp://localhost:1', {}))).toBe('localhost:1');
  });
});
