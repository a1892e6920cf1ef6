import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askHttp, httpQuestion } from '../../../core/checks/ask-http.ts';
import type { Check } from '../../../core/checks/choose.ts';

const asked: IncomingMessage[] = [];
const server = createServer((request, response) => {
  asked.push(request);
  const answers: Record<string, () => void> = {
    '/silent': () => {},
    '/closed': () => request.socket.destroy(),
    '/away': () => response.writeHead(301, { location: '/' }).end(),
    '/large': () => response.end(`${'x'.repeat(2 ** 20)}ok`),
    '/plain': () => request.socket.end('HTTP/1.1 404 no\ncontent-length: 0\n\n'),
    '/broken': () => response.writeHead(500).end('all ok'),
  };
  const answer = answers[request.url ?? ''] ?? (() => response.end('all ok'));
  answer();
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

type HttpCheck = Check & { kind: 'http' };
const check = (more: Partial<HttpCheck> = {}): HttpCheck => ({ kind: 'http', port: 80, path: '/', ...more });
const place = () => ({ address: '127.0.0.1', port: (server.address() as AddressInfo).port, own: false });
const ask = (more: Partial<HttpCheck> = {}, limitMs = 5_000, host?: string) =>
  askHttp({ place: place(), check: check(more), host, limitMs, signal: new AbortController().signal });
const success = [{ from: 200, to: 399 }];

describe('an HTTP answer', () => {
  it.each<{ what: string; more: Partial<HttpCheck>; is: string; text: string }>([
    { what: 'of any status', more: { path: '/broken' }, is: 'good', text: 'answered 500' },
    { what: 'of a wanted one', more: { status: success }, is: 'good', text: 'answered 200' },
    {
      what: 'that leads elsewhere, and is not followed',
      more: { path: '/away', status: [{ from: 301, to: 301 }] },
      is: 'good',
      text: 'answered 301',
    },
    {
      what: 'that is written as only the lenient take it',
      more: { path: '/plain' },
      is: 'good',
      text: 'answered 404',
    },
    {
      what: 'of one that is not wanted',
      more: { path: '/broken', status: success },
      is: 'wrong',
      text: 'answered 500',
    },
    { what: 'with the text', more: { body: 'all ok' }, is: 'good', text: 'answered 200' },
    {
      what: 'without it',
      more: { body: 'no such text' },
      is: 'wrong',
      text: 'answered 200 without the text in its body',
    },
    {
      what: 'with a text that comes too late',
      more: { path: '/large', body: 'ok' },
      is: 'wrong',
      text: 'answered 200 without the text in its body',
    },
    { what: 'that is none', more: { path: '/closed' }, is: 'none', text: 'socket hang up' },
  ])('$what is $is', async ({ more, is, text }) => {
    expect(await ask(more)).toEqual({ is, text });
  });

  it('that does not come in time is none', async () => {
    expect(await ask({ path: '/silent' }, 50)).toEqual({ is: 'none', text: 'no answer within 50 ms' });
  });

  it('is asked for by the name of the site, once, and with its path', async () => {
    asked.splice(0);
    await ask({ path: '/up?full=1' }, 5_000, 'shop.example.com');
    expect(asked.map(({ url, headers }) => [url, headers.host])).toEqual([
      ['/up?full=1', 'shop.example.com'],
    ]);
  });
});

it.each([
  { more: {}, text: 'GET http://[::1]:4000/ (port 80 of the container)' },
  {
    more: { path: '/up', status: success, body: 'ok' },
    text: 'GET http://[::1]:4000/up (port 80 of the container), wanted: status 200-399 and "ok" in the body',
  },
])('is told as $text', ({ more, text }) => {
  expect(httpQuestion({ place: { address: '::1', port: 4000, own: false }, check: check(more) })).toBe(text);
});
