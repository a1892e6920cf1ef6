import { describe, expect, it } from 'vitest';
import { parseSiteName, type SiteName } from '../../../core/index.ts';
import { containerSpec, taskSpec, volumeName } from '../../../plugins/docker-runtime/container-spec.ts';
import { dockerRuntime } from '../../../plugins/docker-runtime/index.ts';
import { usualMemoryMegabytes } from '../../../plugins/docker-runtime/options.ts';
import { parseDockerHost } from '../../../plugins/shared/docker-host.ts';
import { startRequest } from './requests.ts';

const place = {
  installation: 'abcd1234',
  namePrefix: 'octohost',
  logDriver: 'json-file' as const,
  logMaxSize: '10m',
  logMaxFiles: 3,
  processes: 1024,
  capabilities: ['CHOWN'],
  newPrivileges: false,
};
const tcp = (port: number) => ({ port, protocol: 'tcp' as const });

describe('The container of an instance', () => {
  it('runs the image by its id under a name of its own', () => {
    expect(containerSpec(startRequest(), place)).toMatchObject({
      name: 'octohost-app-01abc-2',
      Image: 'sha256:1',
      HostConfig: { RestartPolicy: { Name: 'no' } },
    });
  });

  it('gets its environment sorted, and the name of its site', () => {
    const environment = { Z: '1=2', A: 'with\nline', CONTAINER_NAME: 'mine' };
    expect(containerSpec(startRequest({ environment }), place).Env).toEqual([
      'A=with\nline',
      'CONTAINER_NAME=app',
      'Z=1=2',
    ]);
  });

  it('has no environment in its labels', () => {
    const environment = { SECRET: 'hush' };
    expect(JSON.stringify(containerSpec(startRequest({ environment }), place).Labels)).not.toContain('hush');
  });

  it('has its ports bound to the given addresses only', () => {
    const bindings = [
      { ...tcp(80), hostAddress: '127.0.0.1', hostPort: 20_001 },
      { port: 53, protocol: 'udp' as const, hostAddress: '::1', hostPort: 20_002 },
      { ...tcp(80), hostAddress: '0.0.0.0', hostPort: 25 },
    ];
    const ports = [tcp(80), { port: 53, protocol: 'udp' as const }, tcp(9000)];
    const spec = containerSpec(startRequest({ ports }, { bindings }), place);
    expect(spec.ExposedPorts).toEqual({ '80/tcp': {}, '53/udp': {}, '9000/tcp': {} });
    expect(spec.HostConfig?.PortBindings).toEqual({
      '80/tcp': [
        { HostIp: '127.0.0.1', HostPort: '20001' },
        { HostIp: '0.0.0.0', HostPort: '25' },
      ],
      '53/udp': [{ HostIp: '::1', HostPort: '20002' }],
    });
  });

  it('has what it is tied to by id, and paths of the host as they are', () => {
    const [redis, data] = ['corp_redis', 'app_data'].map(parseSiteName) as [SiteName, SiteName];
    const { HostConfig } = containerSpec(
      startRequest({
        links: [{ alias: 'redis', site: redis, instance: 'abc' }],
        volumesFrom: [{ site: data, instance: 'def' }],
        mounts: [
          { source: '/srv/a', target: '/srv/a' },
          { source: '/srv/b', target: '/data', readOnly: true },
        ],
        volumes: ['/data', '/log'],
      }),
      place,
    );
    expect(HostConfig).toMatchObject({
      Links: ['abc:redis'],
      VolumesFrom: ['def'],
      Binds: ['/srv/a:/srv/a', '/srv/b:/data:ro'],
      // What is mounted there needs no volume.
      Mounts: [{ Target: '/log' }],
    });
  });

  it('has neither links nor mounts where none is asked for', () => {
    expect(Object.keys(containerSpec(startRequest(), place).HostConfig ?? {})).toEqual([
      'PortBindings',
      'RestartPolicy',
      'Mounts',
      'LogConfig',
      'CapDrop',
      'CapAdd',
      'SecurityOpt',
      'PidsLimit',
    ]);
  });

  it('has no more rights and processes than the installation gives, and what its site asks for', () => {
    expect(containerSpec(startRequest(), place).HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      CapAdd: ['CHOWN'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 1024,
    });
    expect(containerSpec(startRequest({ processes: 50, cpus: 0.5 }), place).HostConfig).toMatchObject({
      PidsLimit: 50,
      NanoCpus: 500_000_000,
    });
    expect(containerSpec(startRequest(), { ...place, newPrivileges: true }).HostConfig).not.toHaveProperty(
      'SecurityOpt',
    );
  });

  it("has capabilities beside the usual ones, devices and the host's network where its spec says so", () => {
    const spec = containerSpec(
      startRequest({
        capabilities: ['CHOWN', 'NET_ADMIN'],
        devices: [{ source: '/dev/ttyUSB0', target: '/dev/modem', rights: 'rw' }],
        hostNetwork: true,
      }),
      place,
    );
    expect(spec.HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      CapAdd: ['CHOWN', 'NET_ADMIN'],
      SecurityOpt: ['no-new-privileges'],
      Devices: [{ PathOnHost: '/dev/ttyUSB0', PathInContainer: '/dev/modem', CgroupPermissions: 'rw' }],
      NetworkMode: 'host',
    });
    expect(spec.HostConfig).not.toHaveProperty('PortBindings');
    for (const name of ['Devices', 'NetworkMode', 'Privileged'])
      expect(containerSpec(startRequest(), place).HostConfig).not.toHaveProperty(name);
  });

  it.each([
    { capabilities: ['ALL'] },
    { capabilities: ['CAP_CHOWN'] },
    { processes: 1 },
    { logDriver: 'none' as 'local' },
    { logMaxFiles: 0 },
    { memoryMegabytes: 1 },
    { cpus: 0 },
  ])('takes no %j', (options) => {
    expect(() => dockerRuntime(options)).toThrow(expect.objectContaining({ code: 'E_DOCKER_OPTIONS' }));
  });

  it('has a named, labelled volume for each path', () => {
    const spec = containerSpec(startRequest({ volumes: ['/data', '/log'] }), place);
    expect(spec.HostConfig?.Mounts).toEqual([
      {
        Type: 'volume',
        Source: 'octohost-abcd1234-app-bd47413b',
        Target: '/data',
        VolumeOptions: {
          Labels: { 'octohost.installation': 'abcd1234', 'octohost.site': 'app', 'octohost.path': '/data' },
        },
      },
      expect.objectContaining({ Target: '/log' }),
    ]);
  });

  it('has the volumes of the name that its site had before, whichever it has now', () => {
    const request = startRequest({ volumes: ['/data'] });
    const own = containerSpec(startRequest({ site: parseSiteName('old'), volumes: ['/data'] }), place);
    const renamed = { ...request, volumeOwner: 'old' };
    expect(containerSpec(renamed, place).HostConfig?.Mounts).toEqual(own.HostConfig?.Mounts);
    expect(taskSpec({ ...renamed, command: ['true'] }, place).HostConfig?.Mounts).toEqual(
      own.HostConfig?.Mounts,
    );
    expect(containerSpec(renamed, place).Labels).toMatchObject({ 'octohost.site': 'app' });
  });

  it('has the volumes that its site was taken over with, in the place of its own at these paths', () => {
    const request = startRequest({ volumes: ['/data', '/log'], mounts: [{ source: '/srv', target: '/up' }] });
    const adoptedVolumes = [
      { path: '/data', name: 'f00ba4' },
      { path: '/more', name: 'named', readOnly: true as const },
      { path: '/up', name: 'mounted over' },
    ];
    const mounts = [
      { Type: 'volume', Source: 'f00ba4', Target: '/data' },
      { Type: 'volume', Source: 'named', Target: '/more', ReadOnly: true },
      expect.objectContaining({ Target: '/log', VolumeOptions: expect.anything() }),
    ];
    expect(containerSpec({ ...request, adoptedVolumes }, place).HostConfig?.Mounts).toEqual(mounts);
    const task = taskSpec({ ...request, adoptedVolumes, command: ['true'] }, place);
    expect(task.HostConfig?.Mounts).toEqual(mounts);
  });

  it('has a memory limit and bounded logs', () => {
    expect(containerSpec(startRequest({ memoryLimit: 1024 }), place).HostConfig).toMatchObject({
      Memory: 1024,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    });
    const small = { ...place, logDriver: 'local' as const, logMaxSize: '1m', logMaxFiles: 2 };
    expect(containerSpec(startRequest(), small).HostConfig?.LogConfig).toEqual({
      Type: 'local',
      Config: { 'max-size': '1m', 'max-file': '2' },
    });
  });

  it('has the memory and processors of the installation where its site says nothing', () => {
    const limited = { ...place, memoryMegabytes: 100, cpus: 1.5 };
    const limits = (spec: Parameters<typeof startRequest>[0]) => {
      const { Memory, NanoCpus } = containerSpec(startRequest(spec), limited).HostConfig ?? {};
      return { Memory, NanoCpus };
    };
    expect(limits({})).toEqual({ Memory: 104_857_600, NanoCpus: 1_500_000_000 });
    expect(limits({ memoryLimit: 1024, cpus: 0.5 })).toEqual({ Memory: 1024, NanoCpus: 500_000_000 });
  });

  it('has half of the memory of a host that is known', () => {
    const total = 4 * 1024 ** 3 + 1;
    expect(usualMemoryMegabytes({ kind: 'unix', path: '/run/docker.sock' }, total)).toBe(2048);
    expect(usualMemoryMegabytes(parseDockerHost('tcp://127.0.0.1:2375', {}), total)).toBeUndefined();
  });

  it.each([
    { hostname: 'www.example.com', is: 'www.example.com' },
    { hostname: `www.${'a'.repeat(60)}.example`, is: 'www' },
  ])('has the host name $is', ({ hostname, is }) => {
    expect(containerSpec(startRequest({ hostname }), place).Hostname).toBe(is);
  });

  it('leaves the host name to the engine where there is none', () => {
    expect(containerSpec(startRequest(), place)).not.toHaveProperty('Hostname');
  });
});

describe('The name of a volume', () => {
  it('differs by installation, site and path', () => {
    const names = [
      volumeName(parseSiteName('app'), '/data', place),
      volumeName(parseSiteName('app'), '/data2', place),
      volumeName(parseSiteName('app-x'), '/data', place),
      volumeName(parseSiteName('app'), '/data', { ...place, installation: '00000000' }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('The container of a task', () => {
  const spec = { environment: { A: '1' }, volumes: ['/data'], memoryLimit: 5, ports: [tcp(80)] };
  const task = taskSpec({ ...startRequest(spec), command: ['sh', '-c', 'x "y z"'] }, place);

  it('runs its words in the place of what the image starts, and never comes back', () => {
    expect(task).toMatchObject({
      name: 'octohost-app-01abc-task',
      Image: 'sha256:1',
      Entrypoint: ['sh'],
      Cmd: ['-c', 'x "y z"'],
      HostConfig: { RestartPolicy: { Name: 'no' } },
    });
    expect(JSON.stringify(task.Labels)).not.toContain('y z');
  });

  it('has what an instance has, but no port', () => {
    const { HostConfig, ...instance } = containerSpec(startRequest(spec), place);
    const { PortBindings: _, ...rest } = HostConfig ?? {};
    expect(task).toMatchObject({ Env: instance.Env, HostConfig: rest });
    expect(task.ExposedPorts).toBeUndefined();
    expect(task.HostConfig?.PortBindings).toBeUndefined();
  });
});
