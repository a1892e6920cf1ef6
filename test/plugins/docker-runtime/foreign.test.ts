import { describe, expect, it } from 'vitest';
import { foreignOf, type InspectedContainer } from '../../../plugins/docker-runtime/foreign.ts';
import { instanceState } from '../../../plugins/docker-runtime/instance-state.ts';

/** As the engine describes what the original started: `docker run -d -P -e …`. */
const container: InspectedContainer = {
  Id: '3f1c0ffee0ddba11',
  Name: '/distracted_wing',
  Image: 'sha256:old',
  State: { Running: true, StartedAt: '2016-02-01T10:00:00Z' },
  Config: {
    Env: ['CONTAINER_NAME=app', 'URL=http://x/?a=b', 'PATH=/bin', 'EMPTY='],
    Hostname: '3f1c0ffee0dd',
  },
  HostConfig: { Memory: 0, Binds: ['/srv/app:/data'] },
  Mounts: [
    { Type: 'bind', Destination: '/data', RW: true },
    { Type: 'volume', Name: 'f00ba4', Destination: '/var/lib/app', RW: true },
    { Type: 'volume', Name: 'named', Destination: '/more', RW: false },
  ],
  NetworkSettings: {
    Ports: {
      '8080/tcp': [
        { HostIp: '0.0.0.0', HostPort: '49153' },
        { HostIp: '::', HostPort: '49153' },
      ],
      '9000/tcp': null,
    },
  },
};
const image = { Id: 'sha256:old', Config: { Env: ['PATH=/bin'], ExposedPorts: { '8080/tcp': {} } } };

describe('a container that somebody else started', () => {
  it('is told with what it was given, and where it is reached', () => {
    expect(foreignOf(container, image)).toEqual({
      id: '3f1c0ffee0ddba11',
      name: 'distracted_wing',
      running: true,
      startedAt: '2016-02-01T10:00:00Z',
      image: { id: 'sha256:old', ports: [{ port: 8080, protocol: 'tcp' }], volumes: [] },
      environment: { CONTAINER_NAME: 'app', URL: 'http://x/?a=b', EMPTY: '' },
      bindings: [
        { port: 8080, protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 49_153 },
        { port: 8080, protocol: 'tcp', hostAddress: '::', hostPort: 49_153 },
      ],
      volumes: [
        { path: '/var/lib/app', name: 'f00ba4' },
        { path: '/more', name: 'named', readOnly: true },
      ],
      host: container.HostConfig,
    });
  });

  it('has a host name where it was given one, and a memory limit', () => {
    const given = {
      ...container,
      Config: { ...container.Config, Hostname: 'www.example.org' },
      HostConfig: { Memory: 268_435_456 },
    };
    expect(foreignOf(given, image)).toMatchObject({
      hostname: 'www.example.org',
      memoryLimit: 268_435_456,
    });
  });

  it('counts as kept once it was taken over, whatever its restart policy is', () => {
    const state = {
      State: { Status: 'running', Running: true, StartedAt: '2016-02-01T10:00:00Z', ExitCode: 0 },
      HostConfig: { RestartPolicy: { Name: 'no' } },
    };
    expect(instanceState(state, true, true).kept).toBe(true);
    expect(instanceState(state, true, false).kept).toBe(false);
  });
});
