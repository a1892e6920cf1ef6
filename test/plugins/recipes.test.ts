/** Each recipe compiles, and does in a real deploy what it says. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { openEngine, type Plugin, parseSiteName, resolveConfig } from '../../core/index.ts';
import { codeFolder, typescriptBlocks } from '../helpers/code-blocks.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryPlugins, memoryRoles } from '../testing.ts';

const text = readFileSync(new URL('../../plugins/RECIPES.md', import.meta.url), 'utf8');
const code = await codeFolder(typescriptBlocks(text));
const recipe = (name: string) => import(code.files.find((file) => basename(file) === `${name}.ts`) ?? name);
afterAll(() => code.dispose());

const shop = parseSiteName('shop');
const endings: (() => unknown)[] = [];
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-recipes-'));
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
  await rm(folder, { recursive: true });
});

function world(plugin: Plugin): TestEngine {
  const made = testEngine({ dataDir: folder, more: [plugin] });
  endings.push(() => made.dispose());
  return made;
}

const deploy = (run: TestEngine, page = 'one', actor = 'me') =>
  run.engine.deploy([push(shop, { 'index.html': page })], run.operation({ actor }));

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly body: string;
}

/** A server that writes down what it is asked. */
async function server(answer: (asked: Asked) => { status: number; body?: string }) {
  const all: Asked[] = [];
  const listening = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += String(piece);
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const asked = { method, path: url, key: headers['x-api-key']?.toString(), body };
      all.push(asked);
      const { status, body: said = '' } = answer(asked);
      response.writeHead(status).end(said);
    });
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  endings.push(() => listening.close());
  return { all, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` };
}

it('all of them compile', async () => {
  expect(await code.compile()).toEqual([]);
});

it('DNS record: a domain gets a record, and loses it with the site; a server that refuses is a warning', async () => {
  const { dnsRecord } = await recipe('dns-record');
  let status = 204;
  const { all, url } = await server(() => ({ status }));
  const run = world(dnsRecord({ api: url, zone: 'example.org', address: '203.0.113.7' }));
  await run.engine.setSettings(shop, { DOMAINS: 'a.example.org,other.net' } as never);
  await deploy(run);
  expect(all[0]).toMatchObject({ method: 'PATCH', path: '/api/v1/servers/localhost/zones/example.org.' });
  const names = (index: number, type: string) =>
    (JSON.parse(all[index]?.body ?? '') as { rrsets: { name: string; changetype: string }[] }).rrsets
      .filter(({ changetype }) => changetype === type)
      .map(({ name }) => name)
      .toSorted();
  expect(names(0, 'REPLACE')).toContain('a.example.org.');
  expect(all[0]?.body).not.toContain('other.net');
  status = 500;
  await run.engine.change(
    shop,
    { reason: 'domains', settings: { DOMAINS: 'b.example.org' } },
    run.operation(),
  );
  expect(names(1, 'DELETE')).toEqual(['a.example.org.']);
  expect(run.told.join('\n')).toContain('the DNS server answered 500');
});

it('deploy window: a new version outside of it is refused, a rollback is not', async () => {
  const { deployWindow } = await recipe('deploy-window');
  const window = { sites: ['shop'], days: ['Mon'], from: 9, until: 16, timeZone: 'Europe/Zurich' };
  let now = new Date('2026-01-05T08:30:00Z');
  const run = world(deployWindow(window, () => now));
  await deploy(run, 'one');
  await deploy(run, 'two');
  for (const closed of ['2026-01-05T07:30:00Z', '2026-01-05T15:00:00Z', '2026-01-06T08:30:00Z']) {
    now = new Date(closed);
    await expect(deploy(run, 'three')).rejects.toMatchObject({ code: 'E_WINDOW', plugin: 'deploy-window' });
  }
  expect((await run.engine.rollback(shop, undefined, run.operation())).release.number).toBe(3);
});

it('approval gate: waits for somebody else, and serves only then', async () => {
  const { approval } = await recipe('approval');
  const plugin = approval({ sites: ['shop'], minutes: 5 }) as Plugin;
  const run = world(plugin);
  const approve = (actor: string) =>
    plugin.commands?.[0]?.run({ args: { site: 'shop' }, engine: run.engine, actor } as never);
  await expect(approve('you')).rejects.toMatchObject({ code: 'E_APPROVE_NONE' });
  const deployed = deploy(run, 'one', 'key me, signed by me');
  await expect
    .poll(() => run.told, { timeout: 30_000 })
    .toContain('shop says: waits for: octo approve:deploy shop');
  await expect(approve('key me')).rejects.toMatchObject({ code: 'E_APPROVE_OWN' });
  expect(await run.engine.current(shop)).toBeUndefined();
  await approve('you');
  await deployed;
  expect(run.told).toContain('shop says: approved by you');
  expect(await readdir(join(folder, 'approvals'))).toEqual([]);
});

it('custom router: what Caddy is told leads to the instance that serves, and one that refuses fails the deploy', async () => {
  const { caddyRouter } = await recipe('caddy-router');
  let status = 200;
  const caddy = await server(({ path }) => ({ status, body: path.startsWith('/reverse_proxy') ? '[]' : '' }));
  const roles = memoryRoles();
  const others = memoryPlugins({ ...roles, publisher: false }).filter(({ name }) => name !== 'memory-router');
  const plugins = [...others, caddyRouter({ admin: caddy.url, listen: ':80' })];
  const engine = openEngine({
    config: resolveConfig({ plugins, domainSuffix: 'example.com' }, '/nowhere/octohost.config.ts'),
    environment: {},
    process: { pid: process.pid, host: 'test', version: '1.0.0', cores: 2, isAlive: () => true },
  });
  endings.push(
    () => roles.runtime.dispose(),
    () => engine.close(),
  );
  const reporter = { deploy() {}, begin() {}, end() {}, output() {}, warn() {} };
  const operation = { actor: 'me', signal: new AbortController().signal, reporter };
  const dialled = () => {
    const load = caddy.all.findLast(({ path }) => path === '/load');
    const { routes } = JSON.parse(load?.body ?? '').apps.http.servers.octohost;
    expect(routes[0].match).toEqual([{ host: ['shop.example.com'] }]);
    return routes[0].handle[0].upstreams[0].dial as string;
  };
  await engine.deploy([push(shop, { 'index.html': 'one' })], operation);
  const first = dialled();
  expect(await (await fetch(`http://${first}/`)).text()).toBe('shop release 1\n');
  await engine.deploy([push(shop, { 'index.html': 'two' })], operation);
  expect(await (await fetch(`http://${dialled()}/`)).text()).toBe('shop release 2\n');
  await engine.finishRetiring([shop], operation);
  status = 400;
  await expect(engine.deploy([push(shop, { 'index.html': 'three' })], operation)).rejects.toThrow(
    /Caddy answered 400/,
  );
  expect((await engine.current(shop))?.number).toBe(2);
});

it('image scanner: what it finds refuses the image, and the pusher reads it', async () => {
  const { imageScan } = await recipe('image-scan');
  const scanner = join(folder, 'scanner');
  const writes = (body: string) => writeFile(scanner, `#!/bin/sh\necho "$@" > ${folder}/words\n${body}\n`);
  await writes('exit 0');
  await chmod(scanner, 0o755);
  const run = world(imageScan({ command: [scanner, 'image', '--quiet'] }));
  await deploy(run, 'one');
  expect(await readFile(join(folder, 'words'), 'utf8')).toMatch(/^image --quiet sha256:/);
  await writes('echo openssl: CVE-1; exit 1');
  await expect(deploy(run, 'two')).rejects.toMatchObject({
    code: 'E_SCAN',
    details: ['openssl: CVE-1'],
    hook: 'built',
  });
  expect((await run.engine.current(shop))?.number).toBe(1);
});

it('metrics: the file says how the last deploy went, and goes with the site', async () => {
  const { metrics, metricsOf } = await recipe('metrics');
  const run = world(metrics({ folder }));
  const written = () => readFile(join(folder, 'octohost_shop.prom'), 'utf8');
  await deploy(run);
  expect(await written()).toMatch(/^octohost_deploy_success\{site="shop"\} 1\n/);
  expect(await written()).toMatch(/^octohost_deploy_step_seconds\{site="shop",step="build"\} [\d.]+$/m);
  run.roles.runtime.behave({ kind: 'exits', code: 3 });
  await deploy(run, 'two').catch(() => {});
  expect(await written()).toContain('octohost_deploy_success{site="shop"} 0\n');
  await run.engine.remove(shop, { volumes: false }, run.operation());
  expect(await readdir(folder)).not.toContain('octohost_shop.prom');
  const steps = [{ step: 'start', milliseconds: 1500 }];
  expect(metricsOf({ site: 'shop', outcome: 'current', steps }, 1_700_000_000_499)).toBe(
    'octohost_deploy_success{site="shop"} 1\noctohost_deploy_end_timestamp_seconds{site="shop"} 1700000000\noctohost_deploy_step_seconds{site="shop",step="start"} 1.5\n',
  );
});
