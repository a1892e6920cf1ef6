/** What the built-in plugins tell of what they work with. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Part, Plugin, PluginApi } from '../../core/index.ts';
import { consul } from '../../plugins/consul/index.ts';
import { dockerRuntime } from '../../plugins/docker-runtime/index.ts';
import { embeddedStore } from '../../plugins/embedded-store/index.ts';
import { nginxRouter } from '../../plugins/nginx-router/index.ts';
import { versionIn } from '../../plugins/nginx-router/program.ts';
import { addressesOf } from '../../plugins/registry-publisher/ask.ts';
import { registryPublisher } from '../../plugins/registry-publisher/index.ts';

function partOf(plugin: Plugin): Part {
  const parts: Part[] = [];
  const api = {
    installation: { dataDir: '/nowhere', environment: {}, http: { port: 80 }, https: { port: 443 } },
    part: (part: Part) => void parts.push(part),
    check: () => {},
    provide: () => {},
  };
  plugin.setup(api as unknown as PluginApi);
  expect(parts).toHaveLength(1);
  return parts[0] as Part;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Answers every request so. */
async function answering(headers: Record<string, string>, body = ''): Promise<string> {
  const server = createServer((_, response) => response.writeHead(200, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close().closeAllConnections());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const { signal } = new AbortController();
const nobody = '127.0.0.1:1';

describe('a part tells its version', () => {
  it('of the Docker Engine', async () => {
    const address = await answering({ 'content-type': 'application/json' }, '{"Version":"20.10.24"}');
    const part = partOf(dockerRuntime({ host: `tcp://${address}` }));
    expect(part.name).toBe('Docker Engine');
    expect(await part.version(signal)).toBe('20.10.24');
  });

  it('of Consul', async () => {
    const address = await answering(
      { 'content-type': 'application/json' },
      '{"Config":{"Version":"1.8.7"},"Member":{}}',
    );
    const part = partOf(consul({ address: `http://${address}` }));
    expect(part.name).toBe('Consul');
    expect(await part.version(signal)).toBe('1.8.7');
  });

  it('of a registry without TLS on this host', async () => {
    const registry = await answering({ 'docker-distribution-api-version': 'registry/2.0' });
    const part = partOf(registryPublisher({ registry }));
    expect(part.name).toBe(`registry ${registry}`);
    expect(await part.version(signal)).toBe('registry/2.0');
  });

  it.each([
    { said: ['nginx version: nginx/1.22.1'], version: '1.22.1' },
    { said: ['nginx version: openresty/1.25.3.1 (Ubuntu)'], version: '1.25.3.1' },
    { said: ['what is this'], version: 'what is this' },
  ])('of nginx: $version', ({ said, version }) => {
    expect(versionIn(said)).toBe(version);
  });
});

describe('a part that is not there', () => {
  it.each([
    { what: 'Docker Engine', plugin: () => dockerRuntime({ host: `tcp://${nobody}` }), says: 'ECONNREFUSED' },
    {
      what: 'Consul',
      plugin: () => consul({ address: `http://${nobody}`, patienceSeconds: 0.1 }),
      says: nobody,
    },
    { what: 'registry', plugin: () => registryPublisher({ registry: nobody }), says: 'does not answer' },
    { what: 'nginx', plugin: () => nginxRouter({ binary: '/nowhere/nginx' }), says: '/nowhere/nginx' },
    {
      what: 'embedded store',
      plugin: () => embeddedStore({ file: '/proc/no-store' }),
      says: '/proc/no-store',
    },
  ])('says so: $what', async ({ plugin, says }) => {
    await expect(partOf(plugin()).version(signal)).rejects.toThrow(says);
  });

  it('is a registry, if something else answers there', async () => {
    const registry = await answering({});
    await expect(partOf(registryPublisher({ registry })).version(signal)).rejects.toThrow('is no registry');
  });
});

describe('a registry is asked', () => {
  it.each([
    { registry: 'registry.example.com:5000', addresses: ['https://registry.example.com:5000/v2/'] },
    { registry: 'localhost:5000', addresses: ['https://localhost:5000/v2/', 'http://localhost:5000/v2/'] },
    { registry: 'localhost.example.com', addresses: ['https://localhost.example.com/v2/'] },
  ])('at $addresses', ({ registry, addresses }) => {
    expect(addressesOf(registry)).toEqual(addresses);
  });
});
