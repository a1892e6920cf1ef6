/** What passes through a real nginx by default, and what a site can set for itself. */
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apply, createLab, type Lab, route, type Upstream } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.end());

const counting = (): Promise<Upstream> =>
  lab.upstream((asked, response) => {
    let bytes = 0;
    asked.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    asked.on('end', () => response.end(String(bytes)));
  });

describe('by default there passes', () => {
  it('an upload of 20 MB', async () => {
    await apply(lab.router(), route('app', await counting()));
    const body = Buffer.alloc(20 * 1024 * 1024, 'x');
    const answer = await lab.request('app.test', '/', { method: 'POST', body });
    expect(answer).toMatchObject({ status: 200, body: String(body.length) });
  });

  it('an answer of 50 MB, whole', async () => {
    const large = await lab.upstream((_, response) => response.end(Buffer.alloc(50 * 1024 * 1024, 'x')));
    await apply(lab.router(), route('app', large));
    expect((await lab.request('app.test', '/')).body).toHaveLength(50 * 1024 * 1024);
  });

  it('a header of 32 KB, in a request and in its answer', async () => {
    const large = 'x'.repeat(32 * 1024);
    const echo = await lab.upstream((asked, response) =>
      response.setHeader('x-back', String(asked.headers['x-large'])).end(),
    );
    await apply(lab.router(), route('app', echo));
    const { headers } = await lab.request('app.test', '/', { headers: { 'x-large': large } });
    expect(headers['x-back']).toBe(large);
  });

  it('a request id that the client made; where there is none, nginx makes one', async () => {
    const seen = await lab.upstream((asked, response) => response.end(String(asked.headers['x-request-id'])));
    await apply(lab.router(), route('app', seen));
    const idOf = async (headers = {}) => (await lab.request('app.test', '/', { headers })).body;
    expect(await idOf({ 'x-request-id': 'trace-1.a_B' })).toBe('trace-1.a_B');
    expect(await idOf()).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a site may set for itself', () => {
  it('the largest body, larger or smaller than that of all others', async () => {
    const [small, large, usual] = [await counting(), await counting(), await counting()];
    await apply(
      lab.router({ maxBodySize: '10k' }),
      { ...route('small', small), maxBodyBytes: 1000 },
      { ...route('large', large), maxBodyBytes: 0 },
      route('usual', usual),
    );
    const post = async (host: string, bytes: number) =>
      (await lab.request(host, '/', { method: 'POST', body: Buffer.alloc(bytes) })).status;
    expect(await post('small.test', 2000)).toBe(413);
    expect(await post('usual.test', 2000)).toBe(200);
    expect(await post('usual.test', 20_000)).toBe(413);
    expect(await post('large.test', 20_000)).toBe(200);
  });

  it('how long its instances may be silent', async () => {
    const silent = await lab.upstream(() => {});
    await apply(lab.router(), { ...route('app', silent), timeoutSeconds: 1 });
    expect((await lab.request('app.test', '/')).status).toBe(504);
  });

  it('that an answer waits for its client in nginx, and not in an instance', async () => {
    const answered = Promise.withResolvers<void>();
    const size = 8 * 1024 * 1024;
    const large = await lab.upstream((_, response) => {
      response.on('finish', () => answered.resolve());
      response.end(Buffer.alloc(size, 'x'));
    });
    await apply(lab.router(), { ...route('app', large), buffering: true });
    const options = { port: lab.port, host: '127.0.0.1', headers: { host: 'app.test' } };
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
      get(options, resolve).on('error', reject),
    );
    response.pause();
    await answered.promise;
    expect(await text(response)).toHaveLength(size);
  });
});

describe('IPv6 and IPv4', () => {
  it('reach the same sites, and an instance sees the plain address of either', async () => {
    const seen = await lab.upstream((asked, response) => response.end(String(asked.headers['x-real-ip'])));
    await apply(lab.router({ address: '::' }), route('app', seen));
    const from = (host: string) =>
      new Promise<string>((resolve, reject) => {
        get({ host, port: lab.port, headers: { host: 'app.test' }, agent: false }, (response) =>
          resolve(text(response)),
        ).on('error', reject);
      });
    expect([await from('127.0.0.1'), await from('::1')]).toEqual(['127.0.0.1', '::1']);
  });
});
