/** The proxy passes everything on, and writes down what changes something. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DockerProxy, proxyDocker } from './docker-proxy.ts';

let dir: string;
let engine: Server;
let proxy: DockerProxy;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-p-'));
  engine = createServer((asked, answer) => asked.pipe(answer));
  engine.on('upgrade', (_asked, socket, head) => {
    socket.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    socket.write(head);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => engine.listen(join(dir, 'engine.sock'), resolve));
  proxy = await proxyDocker(`unix://${join(dir, 'engine.sock')}`, join(dir, 'proxy.sock'));
});
afterEach(async () => {
  proxy.close();
  engine.close();
  engine.closeAllConnections();
  await rm(dir, { recursive: true });
});

function ask(method: string, path: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(dir, 'proxy.sock'), method, path, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (data: string) => {
        text += data;
      });
      answer.on('end', () => resolve(text));
    });
    asked.on('error', reject).end(body);
  });
}

it('a request that changes something is written down without its query, one that looks is not', async () => {
  expect(await ask('POST', '/containers/create?name=x', 'body')).toBe('body');
  expect(await ask('GET', '/version')).toBe('');
  expect(proxy.requests().map(({ asked }) => asked)).toEqual(['POST /containers/create']);
  expect(proxy.requests()).toEqual([]);
});

it('a connection that is taken over is passed on in both directions', async () => {
  const socket = connect(join(dir, 'proxy.sock'));
  socket.write('POST /session HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nhello');
  let text = '';
  socket.setEncoding('utf8').on('data', (data: string) => {
    text += data;
  });
  await expect.poll(() => text).toMatch(/^HTTP\/1\.1 101[\s\S]*hello$/);
  socket.destroy();
  expect(proxy.requests().map(({ asked }) => asked)).toEqual(['POST /session']);
});
