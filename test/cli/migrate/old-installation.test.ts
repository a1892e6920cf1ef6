import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfigFile } from '../../../cli/config-file.ts';
import { configText, oldInstallation, tokenFileOf } from '../../../cli/migrate/old-installation.ts';
import { readAssignments } from '../../../cli/migrate/shell-assignments.ts';
import { parseSitePattern } from '../../../core/index.ts';

const old = (text: string) => oldInstallation(readAssignments(text));

const whole = `
DOMAIN_SUFFIX="example.com"
PUBLIC_IP=$(curl -s http://ipv4.example.net)
XIP_IO="192.0.2.7.xip.io"
BUILD_ORG_NAME="octoprod"
PRIVATE_REGISTRY="https://registry.example.com:5000/team"
CONSUL_SERVER="10.0.0.5"
CONSUL_TOKEN='a-secret'
DOCKER_HOST="unix:///var/run/docker.sock"
EMAIL_NOTIFICATION="ops@example.com"
SOMETHING=else
`;

describe('the settings of the original', () => {
  it('become what a configuration of today says', () => {
    expect(old(whole)).toMatchObject({
      domainSuffix: 'example.com',
      extraSuffixes: ['192.0.2.7.xip.io'],
      dockerHost: 'unix:///var/run/docker.sock',
      consul: { address: 'http://10.0.0.5:8500', prefix: 'octohost', token: 'a-secret' },
      registry: { registry: 'registry.example.com:5000', repository: 'team' },
    });
  });

  it('tell of what has no counterpart, and of what only a shell knows', () => {
    expect(old(whole).remarks).toEqual([
      'line 3 (PUBLIC_IP) is not read: it runs a command',
      expect.stringMatching(/^BUILD_ORG_NAME has no counterpart: /),
      expect.stringMatching(/^EMAIL_NOTIFICATION has no counterpart: the plugin notify/),
      'SOMETHING has no counterpart: octohost does not know it',
    ]);
  });

  it.each([
    { server: '', address: 'http://127.0.0.1:8500' },
    { server: '10.0.0.5:9500', address: 'http://10.0.0.5:9500' },
    { server: 'https://consul.example.com:8501/', address: 'https://consul.example.com:8501' },
  ])('name Consul at $address', ({ server, address }) => {
    expect(old(`CONSUL_SERVER=${server}`).consul.address).toBe(address);
  });
});

describe('the configuration that is written', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'octo-m-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const rule = {
    sites: parseSitePattern('shop'),
    mounts: ['/srv/"shop"'],
    ports: [25],
    links: [],
    capabilities: [],
    devices: [],
    hostNetwork: false,
  };

  it.each([
    { place: 'consul' as const, plugins: ['consul', 'nginx-router', 'registry-publisher'] },
    {
      place: 'embedded' as const,
      plugins: ['embedded-store', 'embedded-registrar', 'nginx-router', 'registry-publisher'],
    },
  ])(
    'is loaded as any other, with its state in $place, and has no secret in it',
    async ({ place, plugins }) => {
      const file = join(dir, `${place}.config.ts`);
      const text = configText(old(whole), place, [rule], file);
      await writeFile(file, text);
      const config = await loadConfigFile(file);
      expect(config).toMatchObject({
        domainSuffix: 'example.com',
        extraSuffixes: ['192.0.2.7.xip.io'],
        environment: { DOCKER_HOST: 'unix:///var/run/docker.sock' },
        allow: [{ sites: 'shop', mounts: ['/srv/"shop"'], ports: [25], links: [] }],
      });
      expect(config.plugins.map(({ name }) => name)).toEqual([
        'dockerfile-builder',
        'image-builder',
        'docker-runtime',
        ...plugins,
      ]);
      expect(text).not.toContain('a-secret');
      expect(text.includes(tokenFileOf(file))).toBe(place === 'consul');
    },
  );
});
