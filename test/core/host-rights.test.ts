/** Capabilities, devices and the host's network: denied, allowed by a rule for the site, and what comes of them. */
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Config, resolveConfig } from '../../core/config.ts';
import { parseSiteName, type SiteName } from '../../core/grammar.ts';
import { realPaths } from '../../core/host-paths.ts';
import { capabilityList, deviceList, portsInHostNetwork } from '../../core/host-rights.ts';
import { refuseForbidden, wantedOptions } from '../../core/run-options.ts';
import { isProblem } from '../../core/setting-values.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
let world: TestEngine;
afterEach(() => world?.dispose());

const files = (siteFile: string, dockerfile = '') => ({
  Dockerfile: `FROM scratch\nEXPOSE 8080\n${dockerfile}`,
  '.octohost.yml': siteFile,
});
const deploy = (siteFile: string, dockerfile?: string, site: SiteName = app) =>
  world.engine.deploy([push(site, files(siteFile, dockerfile))], world.operation());
const change = (settings: Readonly<Record<string, string | null>>) =>
  world.engine.change(app, { reason: 'configuration', settings }, world.operation());
const starts = () =>
  world.roles.runtime.calls.flatMap(({ method, arguments: [request] }) =>
    method === 'start'
      ? [request as { spec: Record<string, unknown>; bindings: readonly { hostPort: number }[] }]
      : [],
  );

describe('what is written', () => {
  it.each([
    ['NET_ADMIN', ['NET_ADMIN']],
    ['SYS_TIME, NET_ADMIN  SYS_TIME', ['NET_ADMIN', 'SYS_TIME']],
    ['', []],
  ])('is a list of capabilities: %s', (text, names) => {
    expect(capabilityList.parse(text)).toEqual(names);
  });

  it.each([
    'ALL',
    'CAP_NET_ADMIN',
    'net_admin',
    'NET_ADMIN;',
    'NET-ADMIN',
    'ALL,NET_ADMIN',
    'A'.repeat(40),
    '\0',
  ])('is no list of capabilities: %j', (text) => {
    expect(isProblem(capabilityList.parse(text))).toBe(true);
  });

  it.each([
    ['/dev/kvm', [{ source: '/dev/kvm', target: '/dev/kvm', rights: 'rw' }]],
    ['/dev/a:/dev/b', [{ source: '/dev/a', target: '/dev/b', rights: 'rw' }]],
    ['/dev/dri/card0:/dev/x:r', [{ source: '/dev/dri/card0', target: '/dev/x', rights: 'r' }]],
  ])('is a list of devices: %s', (text, devices) => {
    expect(deviceList.parse(text)).toEqual(devices);
  });

  it.each([
    '/dev',
    '/dev/',
    '/dev/../etc/passwd',
    '/dev/./kvm',
    '/dev//kvm',
    'dev/kvm',
    '/etc/passwd',
    '/device/x',
    '/dev/kvm:/etc/passwd',
    '/dev/kvm:/dev/kvm:rwx',
    '/dev/kvm:/dev/kvm:',
    '/dev/kvm:/dev/kvm:rw:rw',
    '/dev/kvm\0',
    '/var/run/docker.sock',
    `/dev${'/a'.repeat(20)}`,
  ])('is no list of devices: %j', (text) => {
    expect(isProblem(deviceList.parse(text))).toBe(true);
  });

  it('is refused, or plain paths below /dev, whatever it is', () => {
    const word = fc.constantFrom(
      '/dev/',
      '..',
      '.',
      '/',
      'kvm',
      ':',
      'rw',
      ',',
      ' ',
      '/etc/',
      '\0',
      '\n',
      'docker.sock',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join('')),
        ),
        (text) => {
          const devices = deviceList.parse(text);
          const paths = isProblem(devices) ? [] : devices.flatMap(({ source, target }) => [source, target]);
          for (const path of paths) {
            expect(new URL(path, 'file:///').pathname).toBe(path);
            expect(path).toMatch(/^\/dev\/[^:\s]+$/);
          }
          const names = capabilityList.parse(text);
          for (const name of isProblem(names) ? [] : names) expect(name).toMatch(/^[A-Z_]+$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('rules', () => {
  const settings = {
    OCTO_CAPABILITIES: 'NET_ADMIN,SYS_TIME',
    OCTO_DEVICES: '/dev/kvm,/dev/dri/card0',
    OCTO_HOST_NETWORK: '1',
  } as never;
  const real = (path: string) => path.replace('/dev/link', '/etc').replace('/dev/by-id/usb', '/dev/ttyUSB0');
  const refusal = (allow: Config['allow'], asked: never = settings) => {
    const checked = resolveConfig({ plugins: [], allow }, '/x').allow;
    const who = { file: undefined, originOf: (name: string) => `setting ${name}` };
    try {
      refuseForbidden(app, wantedOptions(app, undefined, asked), who, { allow: checked, guarded: [], real });
    } catch (error) {
      return error as { code: string; details: string[]; hint: string };
    }
    return undefined;
  };

  it('without one all are refused, each with who asks and the rule to write', () => {
    expect(refusal([])).toMatchObject({
      code: 'E_NOT_ALLOWED',
      details: [
        'setting OCTO_CAPABILITIES: the capability NET_ADMIN',
        'setting OCTO_CAPABILITIES: the capability SYS_TIME',
        'setting OCTO_DEVICES: the device /dev/kvm',
        'setting OCTO_DEVICES: the device /dev/dri/card0',
        "setting OCTO_HOST_NETWORK: the host's network",
      ],
      hint: expect.stringContaining("{ sites: 'app', devices: ['/dev/kvm'] }, { sites: 'app', devices:"),
    });
  });

  it('give a site what they name, below a folder of devices too, and nothing to another site', () => {
    const rights = {
      capabilities: ['NET_ADMIN', 'SYS_TIME'],
      devices: ['/dev/kvm', '/dev/dri'],
      hostNetwork: true,
    };
    expect(refusal([{ sites: 'app', ...rights }])).toBeUndefined();
    expect(refusal([{ sites: 'shop*', ...rights }])?.details).toHaveLength(5);
    expect(refusal([{ sites: '*', ...rights, devices: ['/dev/kv', '/dev/dri/card'] }])?.details).toEqual([
      'setting OCTO_DEVICES: the device /dev/kvm',
      'setting OCTO_DEVICES: the device /dev/dri/card0',
    ]);
  });

  it('mean the device that a link leads to; what leads out of /dev no rule gives', () => {
    const linked = { OCTO_DEVICES: '/dev/by-id/usb,/dev/link' } as never;
    const refused = refusal([{ sites: 'app', devices: ['/dev/ttyUSB0', '/dev/link'] }], linked);
    expect(refused).toMatchObject({
      details: ['setting OCTO_DEVICES: the device /dev/link (which is /etc), which is none'],
      hint: 'Take it out, or ask for less: no rule gives it.',
    });
  });

  it.each([
    { devices: ['/dev'] },
    { devices: ['/dev/../etc'] },
    { devices: ['/var/run/docker.sock'] },
    { capabilities: ['ALL'] },
    { capabilities: ['CAP_NET_ADMIN'] },
    { hostNetwork: 'yes' as never },
  ])('that say too much are none: %j', (rule) => {
    const allow = [{ sites: 'app', ...rule }];
    expect(() => resolveConfig({ plugins: [], allow }, '/x')).toThrow(
      expect.objectContaining({ code: 'E_CONFIG' }),
    );
  });

  it('follow real links of the host', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'octo-device-'));
    try {
      await symlink('/dev/null', join(dir, 'device'));
      const found = await realPaths([join(dir, 'device'), '/dev/fd']);
      expect(found(join(dir, 'device'))).toBe('/dev/null');
      expect(found('/dev/fd')).toMatch(/^\/proc\//);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe('a push', () => {
  it('is refused before a build with the line of the site file; so is a plan, and a setting', async () => {
    world = testEngine();
    const siteFile = 'instances: 1\ncapabilities:\n  - NET_ADMIN\ndevices: [/dev/null]\nhostNetwork: true\n';
    const refused = {
      code: 'E_NOT_ALLOWED',
      details: [
        '.octohost.yml line 2: the capability NET_ADMIN',
        '.octohost.yml line 4: the device /dev/null',
        ".octohost.yml line 5: the host's network",
      ],
    };
    await expect(deploy(siteFile)).rejects.toMatchObject(refused);
    const plan = world.engine.preview([push(app, files(siteFile))], world.operation());
    await expect(plan).rejects.toMatchObject(refused);
    expect(world.roles.builder.calls.filter(({ method }) => method === 'build')).toEqual([]);
    await deploy('instances: 1');
    await expect(change({ OCTO_DEVICES: '/dev/null' })).rejects.toMatchObject({
      code: 'E_NOT_ALLOWED',
      details: ['setting OCTO_DEVICES: the device /dev/null'],
    });
  });

  it('gives the containers what is allowed; an instance with other rights is another one', async () => {
    const rights = { capabilities: ['NET_ADMIN'], devices: ['/dev/null'] };
    world = testEngine({ allow: [{ sites: 'app', ...rights }] });
    await deploy('capabilities: [NET_ADMIN]\ndevices: ["/dev/null:/dev/nothing:r"]\n');
    expect(starts().at(-1)?.spec).toMatchObject({
      capabilities: ['NET_ADMIN'],
      devices: [{ source: '/dev/null', target: '/dev/nothing', rights: 'r' }],
    });
    await change({ OCTO_CAPABILITIES: '' });
    expect(starts()).toHaveLength(2);
    expect(starts().at(-1)?.spec).not.toHaveProperty('capabilities');
  });

  it('to a site without any of them makes the same spec as ever', async () => {
    world = testEngine();
    await deploy('instances: 1');
    for (const name of ['capabilities', 'devices', 'hostNetwork'])
      expect(starts().at(-1)?.spec).not.toHaveProperty(name);
  });
});

describe("the host's network", () => {
  const allow = [{ sites: '*', hostNetwork: true }];
  const freePort = async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    return { port, close: () => new Promise((resolve) => server.close(resolve)) };
  };
  const site = (port: number) => ({
    Dockerfile: `FROM scratch\nEXPOSE ${port}\n`,
    '.octohost.yml': 'hostNetwork: true\n',
  });
  const pushed = (port: number, more = '') =>
    world.engine.deploy([push(app, { ...site(port), more })], world.operation());

  it('has the ports of the container as its own: proven apart, then the old one ends, then the new one starts', async () => {
    world = testEngine({ allow });
    const { port, close } = await freePort();
    await close();
    await pushed(port);
    const at = { port, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: port };
    expect(starts().at(-1)).toMatchObject({ spec: { hostNetwork: true }, bindings: [at] });
    expect(world.roles.router.upstreamsOf('app.example.com')).toEqual([`127.0.0.1:${port}`]);
    await pushed(port, 'two');
    const [, proof, last] = starts();
    expect(proof?.spec).not.toHaveProperty('hostNetwork');
    expect(proof?.bindings).not.toContainEqual(at);
    expect(last).toMatchObject({ spec: { hostNetwork: true }, bindings: [at] });
    expect(await world.roles.runtime.list(app)).toMatchObject([{ release: 2 }]);
    expect(await world.engine.converge(undefined, world.operation())).toEqual({ actions: [], problems: [] });
  });

  it('is not begun where another program answers in its place', async () => {
    world = testEngine({ allow });
    const { port, close } = await freePort();
    await expect(pushed(port)).rejects.toMatchObject({ code: 'E_HOST_PORT_TAKEN' });
    await close();
    expect(starts()).toEqual([]);
  });

  const own = {
    instances: { address: '127.0.0.1', first: 20_000, last: 29_999 },
    http: { port: 80 },
    https: { port: 443 },
  };
  it.each([80, 443, 20_000, 29_999])("leaves octohost's own port %i alone", (port) => {
    expect(() => portsInHostNetwork(app, [{ port, protocol: 'tcp' }], own)).toThrow(
      expect.objectContaining({ code: 'E_SETTINGS' }),
    );
  });

  it.each([
    ['several containers', 'instances: 2\nhostNetwork: true', ''],
    ['ports of the host', 'hostNetwork: true', '# PORTS_FROM_HOST 8080 8080\n'],
    ['links', 'hostNetwork: true', '# LINK_SERVICE redis\n'],
  ])('goes not together with %s', async (_, siteFile, dockerfile) => {
    world = testEngine({ allow });
    await expect(deploy(siteFile, dockerfile)).rejects.toMatchObject({ code: 'E_SETTINGS' });
  });
});
