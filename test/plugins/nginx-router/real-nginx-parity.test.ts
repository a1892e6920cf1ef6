/** Bugs of the original that were its router's, each kept dead on a real nginx. */
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Domain } from '../../../core/index.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { apply, createLab, type Lab, recordingContext, route, textOf } from './lab.ts';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});
afterEach(() => lab.end());

it('PARITY bug 7: a site without an instance is a 503 of its own, and every other site goes on', async () => {
  const router = lab.router();
  const app = route('app', await lab.upstream('app'));
  await apply(router, app, route('idle', await lab.upstream('idle')));
  await apply(router, app, route('idle'), { ...route('asking'), maxBodyBytes: 5 });
  expect((await lab.request('idle.test', '/')).status).toBe(503);
  expect((await lab.request('asking.test', '/')).status).toBe(503);
  expect((await lab.request('app.test', '/')).body).toBe('app');
});

it('PARITY bug 7: a change of routes returns only when the new instance answers, and no request is lost', async () => {
  const router = lab.router();
  await apply(router, route('app', await lab.upstream('0')));
  for (let change = 1; change <= 5; change++) {
    const asked = Array.from({ length: 20 }, () => lab.request('app.test', '/'));
    await apply(router, route('app', await lab.upstream(String(change))));
    expect((await lab.request('app.test', '/')).body).toBe(String(change));
    const answers = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(answers)).toEqual(new Set([200]));
  }
});

it.each(['x.com; return 301 http://evil;', 'x.com { }', 'x.com\nreturn 301 http://evil', '$host', '"x.com"'])(
  'PARITY bug 8: a domain is never configuration: %j',
  async (domain) => {
    const router = lab.router();
    const app = route('app', await lab.upstream('app'));
    const before = await apply(router, app);
    const hostile = { ...route('bad'), domains: [domain as Domain] };
    for (const bad of [hostile, { ...hostile, maxBodyBytes: 5 }])
      await expect(router.prepare([app, bad], recordingContext())).rejects.toMatchObject({
        code: 'E_NGINX_VALUE',
      });
    expect(await textOf(lab.layout.conf)).toBe(before.text);
  },
);

it('PARITY bug 9: a file that nginx refuses does not stay in place', async () => {
  const router = lab.router();
  const app = route('app', await lab.upstream('app'));
  const before = await apply(router, app);
  const broken = { certificate: selfSigned('a').certificate, key: selfSigned('b').key };
  await router.prepare([{ ...app, tls: broken }], recordingContext());
  expect(await textOf(lab.layout.conf)).toBe(before.text);
  await apply(router, route('app', await lab.upstream('new')));
  expect(await readdir(lab.layout.sitesDir)).toEqual([]);
  expect((await readdir(lab.layout.prefix)).filter((name) => name.includes('candidate'))).toEqual([]);
  expect((await lab.request('app.test', '/')).body).toBe('new');
});

describe('PARITY bug 17: an unknown host', () => {
  const raw = async (head: string) => {
    const socket = connect(lab.port, '127.0.0.1');
    socket.end(`GET / HTTP/1.1\r\n${head}Connection: close\r\n\r\n`);
    return (await text(socket)).split('\r\n', 1)[0];
  };

  it('gets a clean 404 and never another site, however it is asked for', async () => {
    const tls = selfSigned('aaa.test');
    await apply(
      lab.router(),
      { ...route('aaa', await lab.upstream('aaa')), tls, maxBodyBytes: 5 },
      route('bbb', await lab.upstream('bbb')),
    );
    for (const host of ['nobody.test', 'x.aaa.test', 'test', '127.0.0.1', '[::1]', 'aaa.test.evil.test'])
      expect([host, (await lab.request(host, '/')).status]).toEqual([host, 404]);
    expect(await raw('Host: \r\n')).toMatch(/ 40[04] /);
    expect(await raw('')).toMatch(/ 400 /);
    expect((await lab.secure('aaa.test', '/', { headers: { host: 'nobody.test' } })).status).toBe(421);
  });
});
