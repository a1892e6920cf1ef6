/** Certificates on a real nginx. */
import { readdir, stat, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Certificate } from '../../../core/index.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { apply, applyTelling, createLab, type Lab, recordingContext, route, textOf } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.end());

const appTls = selfSigned('app.test');
const otherTls = selfSigned('other.test');

/** Files of a default certificate. */
async function defaultFiles({ certificate, key } = selfSigned('*.test')) {
  const files = { certificate: join(lab.folder, 'default.pem'), key: join(lab.folder, 'default.key') };
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, key);
  return files;
}

/** The first name that the certificate shown for a host name has; rejects where the handshake fails. */
function shownFor(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port: lab.httpsPort, host: '127.0.0.1', servername: host, rejectUnauthorized: false };
    const socket = connectTls(options, () => {
      const shown: PeerCertificate = socket.getPeerCertificate();
      socket.destroy();
      resolve(String(shown.subject.CN));
    });
    socket.on('error', reject);
  });
}

describe('a site with a certificate of its own', () => {
  it('shows it to who asks for one of its names, and answers by HTTP/2', async () => {
    const seen = await lab.upstream((asked, response) => response.end(JSON.stringify(asked.headers)));
    await apply(
      lab.router(),
      { ...route('app', seen), tls: appTls },
      { ...route('other', await lab.upstream('other')), tls: otherTls },
    );
    expect([await shownFor('app.test'), await shownFor('other.test')]).toEqual(['app.test', 'other.test']);

    const session = connectHttp2(`https://127.0.0.1:${lab.httpsPort}`, {
      ca: appTls.certificate,
      servername: 'app.test',
    });
    const stream = session.request({ ':authority': `app.test:${lab.httpsPort}`, ':path': '/' });
    const headers = JSON.parse(await text(stream)) as Record<string, string>;
    session.close();
    expect(session.alpnProtocol).toBe('h2');
    expect(headers).toMatchObject({
      host: `app.test:${lab.httpsPort}`,
      'x-forwarded-proto': 'https',
      'x-forwarded-host': `app.test:${lab.httpsPort}`,
      'x-forwarded-port': String(lab.httpsPort),
    });
  });

  it('answers by plain HTTP too, unless https is forced: then with a redirect to the same place', async () => {
    const app = { ...route('app', await lab.upstream('app')), tls: appTls };
    const router = lab.router();
    await apply(router, app);
    expect((await lab.request('app.test', '/')).body).toBe('app');

    await apply(router, { ...app, httpsOnly: true });
    const { status, headers } = await lab.request('APP.test:8080', '/a%2Fb?c=$host');
    expect([status, headers.location]).toEqual([301, `https://app.test:${lab.httpsPort}/a%2Fb?c=$host`]);
    expect((await lab.secure('app.test', '/')).body).toBe('app');
  });

  it('carries a WebSocket', async () => {
    const { port, server } = await lab.upstream('plain');
    server.on('upgrade', (_, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      socket.on('data', (data) => socket.end(`echo ${data.toString()}`));
    });
    await apply(lab.router(), { ...route('app', { port }), tls: appTls });
    const socket = connectTls({
      port: lab.httpsPort,
      host: '127.0.0.1',
      servername: 'app.test',
      ca: appTls.certificate,
    });
    socket.write('GET / HTTP/1.1\r\nHost: app.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    socket.once('data', () => socket.write('hello'));
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 101 [\s\S]*echo hello$/);
  });

  it('says nothing for others: their handshake fails, and on its connection they are misdirected', async () => {
    await apply(
      lab.router(),
      { ...route('app', await lab.upstream('app')), tls: appTls },
      route('plain', await lab.upstream('plain')),
    );
    await expect(shownFor('plain.test')).rejects.toThrow(/unrecognized name|handshake/);
    const { status } = await lab.secure('app.test', '/', { headers: { host: 'plain.test' } });
    expect(status).toBe(421);
    expect((await lab.request('plain.test', '/')).body).toBe('plain');
  });

  it('has its key in files that nobody else reads, as long as it needs them', async () => {
    const router = lab.router();
    const app = route('app', await lab.upstream('app'));
    const { text: conf } = await apply(router, { ...app, tls: appTls });
    const files = await readdir(lab.layout.sitesDir);
    expect(files).toHaveLength(2);
    const modes = await Promise.all(files.map((name) => stat(join(lab.layout.sitesDir, name))));
    expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o600]);
    expect((await stat(lab.layout.sitesDir)).mode & 0o777).toBe(0o700);
    const site = await textOf(join(lab.layout.sitesDir, files.find((name) => name.endsWith('.conf')) ?? ''));
    expect(site).toContain('ssl_certificate_key');
    expect(`${conf}${site}`).not.toContain(appTls.key.split('\n')[1]);

    await apply(router, { ...app, tls: selfSigned('app.test') });
    expect(await readdir(lab.layout.sitesDir)).toHaveLength(2);
    await apply(router, app);
    expect(await readdir(lab.layout.sitesDir)).toEqual([]);
  });

  it('can go back to routes whose files were taken away since', async () => {
    const router = lab.router();
    const app = route('app', await lab.upstream('app'));
    const before = await apply(router, { ...app, tls: appTls });
    await apply(router, app);
    await router.apply(before, recordingContext());
    expect(await shownFor('app.test')).toBe('app.test');
  });
});

describe('a certificate that nginx refuses', () => {
  const broken: Certificate = { certificate: appTls.certificate, key: otherTls.key };

  it("is its own site's alone: that one is named, all others go on", async () => {
    const prepared = await lab
      .router()
      .prepare(
        [{ ...route('app', await lab.upstream('app')), tls: broken }, route('plain')],
        recordingContext(),
      );
    expect(prepared.refused).toEqual([
      { site: 'app', error: expect.objectContaining({ code: 'E_NGINX_SITE', site: 'app' }) },
    ]);
    expect(String(prepared.refused?.[0]?.error)).toMatch(/key values mismatch/);
  });

  it('leaves the site as it was', async () => {
    const router = lab.router();
    const app = { ...route('app', await lab.upstream('app')), tls: appTls };
    const plain = route('plain', await lab.upstream('plain'));
    await apply(router, app, plain);
    await apply(router, { ...app, tls: broken }, route('plain', await lab.upstream('new')));
    expect(await shownFor('app.test')).toBe('app.test');
    expect((await lab.secure('app.test', '/')).body).toBe('app');
    expect((await lab.request('plain.test', '/')).body).toBe('new');
  });

  it('of a site that never answered otherwise is a 503 there, and nothing anywhere else', async () => {
    const plain = route('plain', await lab.upstream('plain'));
    await apply(lab.router(), { ...route('app', await lab.upstream('app')), tls: broken }, plain);
    expect((await lab.request('app.test', '/')).status).toBe(503);
    expect((await lab.request('plain.test', '/')).body).toBe('plain');
  });
});

describe("the installation's default certificate", () => {
  it('is for every site without one of its own', async () => {
    const https = await defaultFiles();
    await apply(
      lab.router({ https }),
      { ...route('app', await lab.upstream('app')), tls: appTls },
      route('plain', await lab.upstream('plain')),
      { ...route('forced', await lab.upstream('forced')), httpsOnly: true },
    );
    expect(await shownFor('app.test')).toBe('app.test');
    expect(await shownFor('plain.test')).toBe('*.test');
    expect((await lab.secure('plain.test', '/')).body).toBe('plain');
    expect((await lab.secure('forced.test', '/')).body).toBe('forced');
    expect((await lab.request('forced.test', '/x')).headers.location).toBe(
      `https://forced.test:${lab.httpsPort}/x`,
    );
    expect((await lab.secure('nobody.test', '/')).status).toBe(404);
  });

  it('is taken anew at the next change of routes, where it can be used', async () => {
    const https = await defaultFiles();
    const app = route('app', await lab.upstream('app'));
    await apply(lab.router({ https }), app);
    await defaultFiles(selfSigned('renewed.test'));
    expect(await applyTelling(lab.router({ https }), app)).toEqual([]);
    expect(await shownFor('app.test')).toBe('renewed.test');

    await writeFile(https.key, otherTls.key);
    expect(await applyTelling(lab.router({ https }), app)).toEqual([
      expect.stringContaining('the key is not the key of the (first) certificate'),
    ]);
    expect(await shownFor('app.test')).toBe('renewed.test');
    expect((await lab.request('app.test', '/')).body).toBe('app');
  });

  it('that is not there stops no site', async () => {
    const https = { certificate: join(lab.folder, 'none.pem'), key: join(lab.folder, 'none.key') };
    const app = route('app', await lab.upstream('app'));
    expect(await applyTelling(lab.router({ https }), app)).toEqual([expect.stringContaining('none.pem')]);
    expect((await lab.request('app.test', '/')).body).toBe('app');
  });
});
