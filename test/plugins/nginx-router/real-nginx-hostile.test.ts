/** A real nginx against routes and requests that mean harm. */
import { connect } from 'node:net';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOctohostError, type Route } from '../../../core/index.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { spoiled } from '../../hostile/inputs.ts';
import { apply, createLab, type Lab, recordingContext, route } from './lab.ts';

let lab: Lab;
beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.end());

const numbers = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 1e20, Number.NaN, 2 ** 53, 0.5));
const hostileRoute = fc.record(
  {
    site: spoiled('app', 'shop-x'),
    domains: fc.array(spoiled('app.test', '*.app.test', 'www.app.test'), { minLength: 1, maxLength: 3 }),
    upstreams: fc.array(
      fc.record({ address: spoiled('127.0.0.1', '::1'), port: fc.oneof(fc.constant(9), numbers) }),
      { maxLength: 2 },
    ),
    maxBodyBytes: fc.oneof(fc.constant(1_000_000), numbers),
    timeoutSeconds: fc.oneof(fc.constant(5), numbers),
    template: spoiled('x'),
    sticky: fc.boolean(),
    buffering: fc.boolean(),
    httpsOnly: fc.boolean(),
  },
  { requiredKeys: ['site', 'domains', 'upstreams'] },
);

describe('whatever the quoting lets through', () => {
  it('passes nginx -t, and leaves the other site as it was', async () => {
    const steady = route('steady', await lab.upstream('still here'));
    const router = lab.router();
    await apply(router, steady);
    const outcomes = { refused: 0, taken: 0 };
    const property = fc.asyncProperty(hostileRoute, async (given) => {
      fc.pre(!given.domains.includes('steady.test') && given.site !== 'steady');
      const context = recordingContext();
      try {
        const prepared = await router.prepare([steady, given as unknown as Route], context);
        const codes = (prepared.refused ?? []).map(({ error }) =>
          isOctohostError(error) ? error.code : error,
        );
        // There are no templates here. What only nginx itself finds wrong, the quoting should have refused.
        expect(codes.filter((code) => code !== 'E_NGINX_TEMPLATE' && code !== 'E_NGINX_VALUE')).toEqual([]);
        await router.apply(prepared, context);
        outcomes.taken++;
      } catch (error) {
        if (!isOctohostError(error)) throw error;
        expect(error.code).toMatch(/^E_NGINX_(?:VALUE|DOMAIN)$/);
        outcomes.refused++;
      }
      expect((await lab.request('steady.test', '/')).body).toBe('still here');
    });
    await fc.assert(property, {
      numRuns: 60,
      examples: [
        [{ site: 'app', domains: ['app.test'], upstreams: [{ address: '127.0.0.1', port: 9 }] }],
        [{ site: 'app', domains: ['app.test;include /etc/passwd'], upstreams: [] }],
        [{ site: 'app', domains: ['app.test'], upstreams: [{ address: 'unix:/x', port: 9 }] }],
        [{ site: 'a}server{', domains: ['app.test'], upstreams: [] }],
        [{ site: 'app', domains: ['app.test'], upstreams: [], maxBodyBytes: 1e20 }],
      ],
    });
    expect(outcomes.refused).toBeGreaterThan(0);
    expect(outcomes.taken).toBeGreaterThan(0);
  });
});

/** All that comes back until the connection is closed, or nothing comes for a while. */
function speak(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => void socket.write(text));
    socket.setTimeout(500, () => socket.destroy());
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

describe('a request within a request', () => {
  const inner = 'GET /smuggled HTTP/1.1\r\nHost: other.test\r\n\r\n';
  const chunked = `0\r\n\r\n${inner}`;
  it.each([
    {
      how: 'behind a length and chunks',
      headers: `Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked`,
      body: chunked,
    },
    {
      how: 'behind chunks that are spelled otherwise',
      headers: 'Transfer-Encoding: xchunked',
      body: chunked,
    },
    { how: 'behind chunks with a blank', headers: 'Transfer-Encoding : chunked', body: chunked },
    {
      how: 'behind chunks twice',
      headers: 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
      body: chunked,
    },
    { how: 'behind two lengths', headers: 'Content-Length: 0\r\nContent-Length: 44', body: inner },
    { how: 'behind a length that is none', headers: 'Content-Length: +0', body: inner },
    { how: 'in the body that was announced', headers: `Content-Length: ${inner.length}`, body: inner },
    {
      how: 'behind an upgrade to h2c',
      headers: 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk',
      body: '',
    },
    { how: 'in a header that goes on', headers: `X: a\r\n Host: other.test`, body: '' },
  ])('reaches nobody: $how', async ({ headers, body }) => {
    const seen: string[] = [];
    const note = (name: string) =>
      lab.upstream((asked, response) => {
        seen.push(`${name} ${asked.url} ${asked.headers.host}`);
        asked.resume().on('end', () => response.end(name));
      });
    await apply(lab.router(), route('app', await note('app')), route('other', await note('other')));
    const answer = await speak(lab.port, `POST / HTTP/1.1\r\nHost: app.test\r\n${headers}\r\n\r\n${body}`);
    expect(seen.filter((line) => line !== 'app / app.test')).toEqual([]);
    expect(seen.length).toBeLessThanOrEqual(1);
    expect(answer.match(/^HTTP\/1\.1 101/m)).toBeNull();
  });
});

it('tells no version, in no answer', async () => {
  await apply(lab.router(), route('app', await lab.upstream('app')));
  const all = [
    await lab.request('app.test', '/'),
    await lab.request('unknown.test', '/'),
    await lab.request('app.test', '/', { headers: { x: 'x'.repeat(80_000) } }),
  ];
  for (const { headers, body } of all) {
    expect(headers.server).toBe('nginx');
    expect(body).not.toMatch(/nginx\/\d/);
  }
});

it.each([
  { version: 'TLSv1.1', spoken: false },
  { version: 'TLSv1.2', spoken: true },
  { version: 'TLSv1.3', spoken: true },
] as const)('speaks $version: $spoken', async ({ version, spoken }) => {
  const app = { ...route('app', await lab.upstream('app')), tls: selfSigned('app.test') };
  await apply(lab.router(), app);
  const protocol = await new Promise<string | null>((resolve) => {
    const socket = connectTls(
      {
        port: lab.httpsPort,
        host: '127.0.0.1',
        servername: 'app.test',
        rejectUnauthorized: false,
        minVersion: version satisfies SecureVersion,
        maxVersion: version,
        // OpenSSL itself would not even offer the old one.
        ciphers: 'DEFAULT@SECLEVEL=0',
      },
      () => {
        resolve(socket.getProtocol());
        socket.destroy();
      },
    );
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The server said so, not this client.
      expect(error.code).toContain('ALERT_PROTOCOL_VERSION');
      resolve(null);
    });
  });
  expect(protocol).toBe(spoken ? version : null);
});
