/** https on real components: a certificate is set as any setting is, and no secret comes out anywhere. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selfSigned } from '../helpers/certificates.ts';
import { type OwnLabels, ownLabels } from '../helpers/inspection.ts';
import {
  octoPath,
  type PrivateInstance,
  page,
  privateInstance,
  type Ran,
  ran,
} from '../helpers/private-instance.ts';

let host: PrivateInstance;
let own: OwnLabels;
let httpsPort = 0;
const tls = selfSigned('shop.localhost');

beforeAll(async () => {
  host = await privateInstance();
  own = await ownLabels(host);
  httpsPort = Number(/https: \{ port: (\d+)/.exec(await readFile(host.instance.configFile, 'utf8'))?.[1]);
  await host.octo('deploy', 'shop', await host.folder(page('the shop')), '--wait');
});
afterAll(() => host?.dispose());

const set = (key: string, input: string, ...more: string[]): Promise<Ran> =>
  ran(octoPath, ['config:set', `shop/${key}`, '-', ...more], {
    env: { ...process.env, OCTOHOST_CONFIG: host.instance.configFile },
    input,
  });

const secure = () =>
  new Promise<string>((resolve, reject) => {
    const options = { host: '127.0.0.1', port: httpsPort, servername: 'shop.localhost', ca: tls.certificate };
    const headers = { host: 'shop.localhost' };
    request({ ...options, headers, agent: false }, (response) => resolve(text(response)))
      .on('error', reject)
      .end();
  });

const containers = () => {
  const filters = own('octohost.site=shop').label.flatMap((label) => ['--filter', `label=${label}`]);
  return execFileSync('docker', ['-H', host.instance.dockerHost, 'ps', '-q', ...filters], {
    encoding: 'utf8',
  });
};

it('a site gets its certificate by config:set, at once, and starts nothing for it', async () => {
  const before = containers();
  const half = await set('SSL_KEY', tls.key);
  expect([half.code, half.stderr]).toEqual([0, expect.stringContaining('no effect until SSL_CERTIFICATE')]);
  const whole = await set('SSL_CERTIFICATE', tls.certificate);
  expect(whole.code, whole.stderr).toBe(0);
  expect(await secure()).toBe('the shop');
  expect((await host.get('shop')).body).toBe('the shop');
  expect(containers()).toBe(before);
});

it('SSL_FORCED leads plain HTTP there, and the addresses say https', async () => {
  const done = await host.octo('config:set', 'shop/SSL_FORCED', '1');
  expect(done.stderr + done.stdout).toContain(`https://shop.localhost:${httpsPort}`);
  expect((await host.get('shop')).status).toBe(301);
  expect(await secure()).toBe('the shop');
});

it('a certificate that does not fit is refused, and nothing of it is kept', async () => {
  const other = selfSigned('shop.localhost');
  const done = await set('SSL_KEY', other.key);
  expect(done.code).toBe(2);
  expect(done.stderr).toContain('SSL_KEY is not the key of the (first) certificate.');
  expect(done.stderr + done.stdout).not.toContain(other.key.split('\n')[1]);
  expect((await host.octo('config:get', 'shop', 'SSL_KEY')).stdout.trim()).toBe(tls.key.trim());
  expect(await secure()).toBe('the shop');
});

it('no record of releases and no file but one of mode 0600 has the key', async () => {
  const secret = tls.key.split('\n')[1] ?? '';
  expect((await host.octo('releases', 'shop', '--json')).stdout).not.toContain(secret);
  const data = join(host.dir, 'i/data');
  const files = (await ran('grep', ['-rlF', secret, data])).stdout.trim().split('\n');
  const others = files.filter((file) => !file.includes('/nginx/sites/'));
  expect(files).toContainEqual(expect.stringMatching(/\/nginx\/sites\/shop\.[0-9a-f]{16}\.pem$/));
  expect(others.filter((file) => !/\.db(?:-wal)?$|\.sqlite/.test(file))).toEqual([]);
  expect(
    execFileSync('stat', ['-c', '%a', ...files.filter((file) => file.endsWith('.pem'))], {
      encoding: 'utf8',
    }),
  ).toBe('600\n');
});

it('without its certificate the site is plain again', async () => {
  const done = await host.octo('config:rm', 'shop', 'SSL_FORCED', 'SSL_KEY', 'SSL_CERTIFICATE');
  expect(done.code, done.stderr).toBe(0);
  expect((await host.get('shop')).body).toBe('the shop');
  await expect(secure()).rejects.toThrow();
});
