/** The rule that a running container needs: enough for its site to have it again, and no more. */
import { posix } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSiteName, parseSiteName, parseSitePattern, type SiteName } from '../../core/grammar.ts';
import { type HostSide, lackingOf, neededAllowance, rightsSettings } from '../../core/needed-allowance.ts';
import { refuseForbidden, wantedOptions } from '../../core/run-options.ts';
import { settingProblem } from '../../core/site-options.ts';

const app = parseSiteName('app');
const place = {
  guarded: ['/run/docker.sock', '/var/lib/docker'],
  real: (path: string) => path.replace(/^\/var\/run(?=\/|$)/, '/run'),
};
const siteOf = (name: string): SiteName | undefined => (isSiteName(name) ? name : undefined);
const needed = (host: HostSide) => neededAllowance(app, host, siteOf, place);

describe('the rule of a container', () => {
  it.each([
    { has: 'nothing of the host', host: {} },
    { has: 'nulls, as the engine writes them', host: { Binds: null, PortBindings: null, Links: null } },
    { has: 'a volume with a name', host: { Binds: ['data:/data'] } },
    { has: 'a port that the engine chose', host: { PortBindings: { '80/tcp': [{ HostPort: '' }] } } },
    { has: 'a link to a site of its own', host: { Links: ['/app_redis:/app/redis'] } },
    { has: 'the volumes of its own data site', host: { VolumesFrom: ['app_data:ro'] } },
  ])('is none for one that has $has', ({ host }) => {
    expect(needed(host)).toEqual({ beyond: [] });
  });

  it('names real paths, ports and sites, each once', () => {
    const host = {
      Binds: ['/srv/b:/b:ro', '/srv/a:/a', '/srv/a:/again'],
      PortBindings: { '25/tcp': [{ HostPort: '25' }], '53/udp': [{ HostPort: '53' }, { HostPort: '25' }] },
      Links: ['/corp_redis:/app/redis'],
    };
    expect(needed(host)).toEqual({
      rule: {
        sites: 'app',
        mounts: ['/srv/a', '/srv/b'],
        ports: [25, 53],
        links: ['corp_redis'],
        capabilities: [],
        devices: [],
        hostNetwork: false,
      },
      beyond: [],
    });
  });

  it.each([
    { bind: '/var/run/docker.sock:/s', mounts: ['/run/docker.sock'] },
    { bind: '/var/run:/r', mounts: ['/run', '/run/docker.sock'] },
    { bind: '/var/lib/docker/volumes:/v', mounts: ['/var/lib/docker', '/var/lib/docker/volumes'] },
  ])('names the guarded paths that $bind reaches', ({ bind, mounts }) => {
    expect(needed({ Binds: [bind] }).rule?.mounts).toEqual(mounts);
  });

  it('names capabilities, devices and the network of the host', () => {
    const host = {
      CapAdd: ['SYS_TIME', 'CAP_SYS_ADMIN'],
      Devices: [{ PathOnHost: '/dev/kvm' }],
      NetworkMode: 'host',
    };
    expect(needed(host)).toMatchObject({
      rule: { capabilities: ['SYS_ADMIN', 'SYS_TIME'], devices: ['/dev/kvm'], hostNetwork: true },
      beyond: [],
    });
  });

  it('is told apart from what no rule gives', () => {
    const host = {
      Privileged: true,
      CapAdd: ['ALL'],
      Devices: [{ PathOnHost: '/srv/kvm' }],
      PidMode: 'host',
      IpcMode: 'host',
      Links: ['/Not A Site:/app/x'],
      VolumesFrom: ['other_data'],
      PortBindings: { '80/tcp': [{ HostPort: '8000-8010' }] },
    };
    expect(needed(host)).toEqual({
      beyond: [
        "one of the host's ports 8000-8010",
        'a link to Not A Site, which is no site',
        'the volumes of other_data',
        'all rights of the host (privileged)',
        'the capability ALL',
        'the device /srv/kvm',
        "the host's processes",
        "the host's shared memory",
      ],
    });
  });

  it('lets a site have what its container had', () => {
    const part = fc.constantFrom('srv', 'run', 'var', 'lib', 'docker', 'docker.sock', 'a');
    const path = fc.array(part, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
    const other = fc.constantFrom('app_redis', 'corp_redis', 'app', 'shop');
    const port = fc.integer({ min: 1, max: 65_535 });
    const right = fc.record({
      capabilities: fc.uniqueArray(fc.constantFrom('NET_ADMIN', 'SYS_TIME')),
      devices: fc.uniqueArray(fc.constantFrom('/dev/kvm', '/dev/dri/card0')),
      hostNetwork: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(path), fc.array(port), fc.array(other), right, (paths, ports, sites, rights) => {
        const { rule, beyond } = needed({
          Binds: paths.map((source) => `${source}:/in`),
          PortBindings: { '80/tcp': ports.map((one) => ({ HostPort: String(one) })) },
          Links: sites.map((name) => `/${name}:/app/x`),
          CapAdd: rights.capabilities.map((name) => `CAP_${name}`),
          Devices: rights.devices.map((PathOnHost) => ({ PathOnHost })),
          NetworkMode: rights.hostNetwork ? 'host' : 'bridge',
        });
        expect(beyond).toEqual([]);
        const declared = {
          file: 'Dockerfile',
          mounts: paths.map((source, line) => ({ source, target: '/in', line })),
          hostPorts: ports.map((hostPort, line) => ({
            port: 80,
            protocol: 'tcp' as const,
            hostAddress: '127.0.0.1',
            hostPort,
            line,
          })),
          links: sites.map((container, line) => ({ alias: 'x', container, line })),
        };
        const permission = { ...place, allow: rule ? [rule] : [] };
        const settings = {
          OCTO_CAPABILITIES: rights.capabilities.join(','),
          OCTO_DEVICES: rights.devices.join(','),
          OCTO_HOST_NETWORK: String(rights.hostNetwork),
        } as never;
        const asked = { file: 'Dockerfile', originOf: () => undefined };
        refuseForbidden(app, wantedOptions(app, declared, settings), asked, permission);
      }),
    );
  });
});

it('the rights of a container are settings of its site, but for those that no site can ask for', () => {
  const host = {
    CapAdd: ['CAP_SYS_TIME', 'NET_ADMIN', 'ALL'],
    Devices: [
      { PathOnHost: '/dev/kvm' },
      { PathOnHost: '/dev/dri', PathInContainer: '/dev/gpu', CgroupPermissions: 'mr' },
      { PathOnHost: '/etc/passwd', PathInContainer: '/dev/x', CgroupPermissions: 'rwm' },
    ],
    NetworkMode: 'host',
  };
  const settings = rightsSettings(host);
  expect(settings).toEqual({
    OCTO_CAPABILITIES: 'NET_ADMIN SYS_TIME',
    OCTO_DEVICES: '/dev/kvm:/dev/kvm:rwm /dev/dri:/dev/gpu:rm',
    OCTO_HOST_NETWORK: 'true',
  });
  for (const [name, value] of Object.entries(settings)) expect(settingProblem(name, value)).toBe(undefined);
  expect(rightsSettings({ NetworkMode: 'default', CapAdd: null, Devices: null })).toEqual({});
});

describe('what the rules of the installation lack of it', () => {
  const rule = {
    sites: parseSitePattern('app'),
    mounts: ['/srv/a', '/srv/b'],
    ports: [25],
    links: [parseSitePattern('corp_redis')],
    capabilities: ['NET_ADMIN'],
    devices: ['/dev/dri/card0'],
    hostNetwork: true,
  };
  const nothing = { mounts: [], ports: [], links: [], capabilities: [], devices: [], hostNetwork: false };
  const of = (...allow: object[]) =>
    lackingOf(rule, app, {
      ...place,
      real: (path) => posix.resolve(place.real(path)),
      allow: allow as never,
    });

  it.each([
    { what: 'all of it', allow: [], lacks: rule },
    { what: 'nothing', allow: [{ ...rule, sites: 'a*' }], lacks: undefined },
    {
      what: 'nothing, where paths are written otherwise, and folders and patterns give more',
      allow: [
        {
          ...rule,
          mounts: ['/srv/x/../a/', '/srv/'],
          links: ['corp_*'],
          devices: ['/dev/dri/'],
          sites: 'app',
        },
      ],
      lacks: undefined,
    },
    {
      what: 'what several rules do not give together',
      allow: [
        { ...nothing, sites: 'app', mounts: ['/srv/a'], ports: [25] },
        { ...nothing, sites: '*', hostNetwork: true, capabilities: ['NET_ADMIN'] },
      ],
      lacks: { ...rule, mounts: ['/srv/b'], ports: [], capabilities: [], hostNetwork: false },
    },
    {
      what: 'all of it, where the rule is of another site',
      allow: [{ ...rule, sites: 'other' }],
      lacks: rule,
    },
  ])('is $what', ({ allow, lacks }) => {
    expect(of(...allow)).toEqual(lacks);
  });

  it('is a guarded path that no rule names, whatever folder is given', () => {
    const socket = { ...rule, ...nothing, mounts: ['/run', '/run/docker.sock'] };
    const lacks = (...mounts: string[]) =>
      lackingOf(socket, app, { ...place, allow: [{ ...nothing, sites: parseSitePattern('app'), mounts }] });
    expect(lacks('/')?.mounts).toEqual(['/run/docker.sock']);
    expect(lacks('/', '/var/run/docker.sock')).toBe(undefined);
  });
});
