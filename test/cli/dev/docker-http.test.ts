import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dockerEndpoint, dockerHostAnswers } from '../../../cli/dev/docker-http.ts';

describe('dockerEndpoint', () => {
  it.each([
    { host: 'unix:///var/run/docker.sock', endpoint: { socketPath: '/var/run/docker.sock' } },
    { host: 'unix:///tmp/a b/docker.sock', endpoint: { socketPath: '/tmp/a b/docker.sock' } },
    { host: 'tcp://10.0.0.5:2376', endpoint: { host: '10.0.0.5', port: 2376 } },
    { host: 'tcp://engine.example', endpoint: { host: 'engine.example', port: 2375 } },
    { host: 'tcp://[::1]:2375', endpoint: { host: '::1', port: 2375 } },
    { host: 'http://127.0.0.1:2375', endpoint: { host: '127.0.0.1', port: 2375 } },
    { host: 'ssh://git@engine', endpoint: undefined },
    { host: 'unix://relative.sock', endpoint: undefined },
    { host: 'tcp://', endpoint: undefined },
    { host: '', endpoint: undefined },
  ])('understands "$host"', ({ host, endpoint }) => {
    expect(dockerEndpoint(host)).toEqual(endpoint);
  });
});

describe('dockerHostAnswers', () => {
  it.each([
    { status: 200, answers: true },
    { status: 500, answers: false },
  ])('is $answers over TCP and a socket for a ping that gets $status', async ({ status, answers }) => {
    const dir = await mkdtemp(join(tmpdir(), 'octohost-http-'));
    for (const listen of [join(dir, 'a.sock'), { port: 0, host: '127.0.0.1' }]) {
      const server = createServer((request, response) => {
        response.statusCode = request.url === '/_ping' ? status : 404;
        response.end();
      });
      await new Promise<void>((resolve) => server.listen(listen, resolve));
      const address = server.address() as AddressInfo | string;
      const host = typeof address === 'string' ? `unix://${address}` : `tcp://127.0.0.1:${address.port}`;
      expect(await dockerHostAnswers(host)).toBe(answers);
      await new Promise((resolve) => server.close(resolve));
      expect(await dockerHostAnswers(host)).toBe(false);
    }
    await rm(dir, { recursive: true });
  });
});
