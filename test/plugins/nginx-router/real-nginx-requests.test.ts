/** What a real nginx does to requests and answers. */
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { createGunzip } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apply, createLab, type Lab, route } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.end());

describe('what reaches an instance', () => {
  it('is said by nginx, not by the client', async () => {
    const seen = await lab.upstream((asked, response) => response.end(JSON.stringify(asked.headers)));
    await apply(lab.router(), route('app', seen));
    const { body } = await lab.request('APP.test:8080', '/', {
      headers: {
        'x-forwarded-for': '6.6.6.6',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.test',
        'x-real-ip': '6.6.6.6',
        'x-request-id': 'not a "word"',
        forwarded: 'for=6.6.6.6',
        proxy: 'http://evil.test',
      },
    });
    const headers = JSON.parse(body) as Record<string, string>;
    expect(headers).toMatchObject({
      host: 'app.test:8080',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'app.test:8080',
      'x-forwarded-port': String(lab.port),
      'x-real-ip': '127.0.0.1',
      'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(headers).not.toHaveProperty('forwarded');
    expect(headers).not.toHaveProperty('proxy');
  });

  it('has its path untouched', async () => {
    const seen = await lab.upstream((asked, response) => response.end(asked.url));
    await apply(lab.router(), route('app', seen));
    const path = '/a%2Fb//c/..%2F?q=%20$host&r={x}';
    expect((await lab.request('app.test', path)).body).toBe(path);
  });

  it('may be an upload of 5 MB', async () => {
    const counting = await lab.upstream((asked, response) => {
      let bytes = 0;
      asked.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      asked.on('end', () => response.end(String(bytes)));
    });
    await apply(lab.router(), route('app', counting));
    const body = Buffer.alloc(5 * 1024 * 1024, 'x');
    expect(await lab.request('app.test', '/', { method: 'POST', body })).toMatchObject({
      status: 200,
      body: String(body.length),
    });
  });

  it('is no larger than maxBodySize', async () => {
    await apply(lab.router({ maxBodySize: '1k' }), route('app', await lab.upstream('app')));
    const answer = await lab.request('app.test', '/', { method: 'POST', body: Buffer.alloc(2000) });
    expect(answer.status).toBe(413);
  });

  it('is spread over several instances by client, and each client stays with one', async () => {
    await apply(lab.router(), route('app', await lab.upstream('one'), await lab.upstream('two')));
    const clients = Array.from({ length: 12 }, (_, index) => `127.0.${index}.1`);
    const ask = (from: string) => lab.request('app.test', '/', { from }).then(({ body }) => body);
    const first = await Promise.all(clients.map(ask));
    expect(new Set(first)).toEqual(new Set(['one', 'two']));
    expect(await Promise.all(clients.map(ask))).toEqual(first);
  });
});

describe('what comes back', () => {
  it('may have a header of 16 KB', async () => {
    const large = 'x'.repeat(16 * 1024 - 200);
    await apply(
      lab.router(),
      route('app', await lab.upstream((_, response) => response.setHeader('x-large', large).end())),
    );
    expect((await lab.request('app.test', '/')).headers['x-large']).toBe(large);
  });

  it.each([
    { what: 'an event', type: 'text/event-stream', encoding: 'identity' },
    { what: 'a compressed line', type: 'text/plain', encoding: 'gzip' },
  ])('is passed on while it comes: $what arrives before the answer ends', async ({ type, encoding }) => {
    const rest = Promise.withResolvers<void>();
    const lines = await lab.upstream((_, response) => {
      response.writeHead(200, { 'content-type': type }).write('first\n\n');
      void rest.promise.then(() => response.end('second\n\n'));
    });
    await apply(lab.router(), route('app', lines));

    const chunks: string[] = [];
    const answer = await stream({ host: 'app.test', 'accept-encoding': encoding });
    expect(answer.headers['content-encoding'] ?? 'identity').toBe(encoding);
    const text = encoding === 'gzip' ? answer.pipe(createGunzip()) : answer;
    for await (const chunk of text) {
      chunks.push(String(chunk));
      rest.resolve();
    }
    expect(chunks).toEqual(['first\n\n', 'second\n\n']);
  });

  it('is compressed for who can read it, and says nothing of the version of nginx', async () => {
    const text = await lab.upstream((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('x'.repeat(4000)),
    );
    await apply(lab.router(), route('app', text));
    const { headers } = await lab.request('app.test', '/', { headers: { 'accept-encoding': 'gzip' } });
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', server: 'nginx' });
  });

  it('says in a few words why there is no site', async () => {
    await apply(lab.router(), route('idle'));
    expect(await lab.request('nobody.test', '/')).toMatchObject({
      status: 404,
      body: 'No site answers at this host name.\n',
    });
    expect(await lab.request('idle.test', '/')).toMatchObject({
      status: 503,
      body: 'This site has no running instance.\n',
    });
  });
});

describe('an upgrade', () => {
  it('opens a WebSocket that carries both ways', async () => {
    const { port, server } = await lab.upstream('plain');
    server.on('upgrade', (_, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.on('data', (data) => socket.end(`echo ${data.toString()}`));
    });
    await apply(lab.router(), route('app', { port }));
    const socket = await upgrade('websocket');
    expect(socket).toBeDefined();
    const answer = new Promise<string>((resolve) => socket?.on('data', (data) => resolve(String(data))));
    socket?.write('hello');
    expect(await answer).toBe('echo hello');
  });

  it('to anything else is not passed on', async () => {
    const seen = await lab.upstream((asked, response) => response.end(String(asked.headers.upgrade)));
    await apply(lab.router(), route('app', seen));
    const { body } = await lab.request('app.test', '/', {
      headers: { upgrade: 'h2c', connection: 'Upgrade' },
    });
    expect(body).toBe('undefined');
  });
});

function stream(headers: OutgoingHttpHeaders): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest({ port: lab.port, host: '127.0.0.1', headers }, resolve).on('error', reject).end();
  });
}

function upgrade(protocol: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'app.test', connection: 'Upgrade', upgrade: protocol };
    const asked = httpRequest({ port: lab.port, host: '127.0.0.1', headers });
    asked.on('upgrade', (_, socket) => resolve(socket));
    asked.on('response', () => resolve(undefined));
    asked.on('error', reject).end();
  });
}
