/** Whatever a site can be told goes through a backup: the table is of the options' own shape, so that none is forgotten. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSnapshot } from '../../../core/backup/snapshot.ts';
import { parseSiteName } from '../../../core/grammar.ts';
import type { DeclaredOptions, Release, StartRequest } from '../../../core/index.ts';
import type { OptionName } from '../../../core/site-options.ts';
import { freePort } from '../../contracts/free-port.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';

const app = parseSiteName('app');
const peers = ['app_data', 'app_db'].map(parseSiteName);
let from: TestEngine;
let to: TestEngine;
let folders: string[];
let port: number;
let other: number;
let hostPort: number;

async function installation(): Promise<TestEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'octo-options-'));
  folders.push(dataDir);
  const allow = [
    {
      sites: 'app',
      mounts: ['/srv'],
      ports: [hostPort],
      capabilities: ['NET_ADMIN'],
      devices: ['/dev/null'],
      hostNetwork: true,
    },
  ];
  return testEngine({ dataDir, allow });
}

beforeEach(async () => {
  folders = [];
  [port, other, hostPort] = [await freePort(), await freePort(), await freePort()];
  [from, to] = [await installation(), await installation()];
});
afterEach(async () => {
  await Promise.all([from, to].map((world) => world.dispose()));
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** What a site is and how it runs, apart from where: whose instance it is tied to, and by which digests it is known. */
async function factsOf({ engine, roles }: TestEngine) {
  const { run, route, declared, count, domains, check, service, graceSeconds } = (await engine.current(
    app,
  )) as Release;
  const call = roles.runtime.calls.findLast(
    ({ method, arguments: [request] }) => method === 'start' && (request as StartRequest).spec.site === app,
  );
  const spec = (call?.arguments[0] as StartRequest | undefined)?.spec;
  const release = { run, route, declared, count, domains, check, service, graceSeconds };
  const elsewhere = (key: string, value: unknown) =>
    ['instance', 'values', 'generation', 'tls'].includes(key) ? undefined : value;
  return {
    ...(JSON.parse(JSON.stringify({ release, spec }, elsewhere)) as object),
    settings: await engine.settings(app),
    shown: await engine.shownSettings(app),
    routes: JSON.parse(JSON.stringify(roles.router.inForce()?.find(({ site }) => site === app)?.tls ?? null)),
  };
}

/** By a backup with images, while nothing of the first host has a port any more. */
async function moved(): Promise<void> {
  const { withSecrets: _, damaged, ...taken } = await from.engine.snapshot(undefined, { secrets: true });
  expect(damaged).toEqual([]);
  const snapshot = readSnapshot(JSON.stringify(taken));
  const sites = snapshot.sites.map(({ site }) => site);
  for (const site of sites) {
    const packed = await from.engine.packImages(site, new AbortController().signal);
    const bytes = await buffer(packed?.tar ?? Readable.from([]));
    await to.engine.restore(snapshot, site, () => Readable.from([bytes]), to.operation());
  }
  await from.roles.runtime.dispose();
  const { problems } = await to.engine.converge(sites, to.operation());
  expect(problems).toEqual([]);
}

const deploy = (...lines: string[]) => {
  const Dockerfile = ['FROM scratch', `EXPOSE ${port} ${other}`, ...lines, ''].join('\n');
  return from.engine.deploy([push(app, { Dockerfile, CNAME: 'www.example.org\n' })], from.operation());
};

const certificate = selfSigned('app.example.com');
const pair = { SSL_CERTIFICATE: certificate.certificate, SSL_KEY: certificate.key };
type Given = Readonly<Record<string, string>>;
const samples: Readonly<Record<OptionName, () => Given>> = {
  CONTAINERS: () => ({ CONTAINERS: '2' }),
  MEMORY_LIMIT: () => ({ MEMORY_LIMIT: '256m' }),
  OCTO_PROCESSES: () => ({ OCTO_PROCESSES: '100' }),
  OCTO_CPUS: () => ({ OCTO_CPUS: '0.5' }),
  OCTO_CAPABILITIES: () => ({ OCTO_CAPABILITIES: 'NET_ADMIN' }),
  OCTO_DEVICES: () => ({ OCTO_DEVICES: '/dev/null:/dev/zero:r' }),
  OCTO_HOST_NETWORK: () => ({ OCTO_HOST_NETWORK: 'true' }),
  OCTO_PORT: () => ({ OCTO_PORT: String(other) }),
  NO_HTTP_PROXY: () => ({ NO_HTTP_PROXY: 'true' }),
  OCTO_GRACE_PERIOD: () => ({ OCTO_GRACE_PERIOD: '7' }),
  OCTO_CHECK: () => ({ OCTO_CHECK: 'tcp' }),
  OCTO_CHECK_PORT: () => ({ OCTO_CHECK_PORT: String(other) }),
  OCTO_CHECK_PATH: () => ({ OCTO_CHECK_PATH: '/health' }),
  OCTO_CHECK_STATUS: () => ({ OCTO_CHECK_STATUS: '200-299' }),
  OCTO_CHECK_BODY: () => ({ OCTO_CHECK_BODY: 'release' }),
  OCTO_CHECK_COMMAND: () => ({ OCTO_CHECK_COMMAND: '["true"]' }),
  OCTO_CHECK_INTERVAL: () => ({ OCTO_CHECK_INTERVAL: '2' }),
  OCTO_CHECK_RETRIES: () => ({ OCTO_CHECK_RETRIES: '3' }),
  OCTO_CHECK_TIMEOUT: () => ({ OCTO_CHECK_TIMEOUT: '50' }),
  OCTO_RELEASE_COMMAND: () => ({ OCTO_RELEASE_COMMAND: 'migrate' }),
  OCTO_RELEASE_TIMEOUT: () => ({ OCTO_RELEASE_TIMEOUT: '30' }),
  OCTO_MAX_BODY_SIZE: () => ({ OCTO_MAX_BODY_SIZE: '50m' }),
  OCTO_REQUEST_TIMEOUT: () => ({ OCTO_REQUEST_TIMEOUT: '90' }),
  OCTO_BUFFERING: () => ({ OCTO_BUFFERING: 'false' }),
  OCTO_STICKY: () => ({ OCTO_STICKY: 'true' }),
  SSL_FORCED: () => ({ ...pair, SSL_FORCED: 'true' }),
  NGINX_ALT: () => ({ NGINX_ALT: 'wide' }),
  CONSUL_TAGS: () => ({ CONSUL_TAGS: 'http web' }),
  CUSTOM_CHECK: () => ({ CUSTOM_CHECK: 'http://127.0.0.1/health' }),
  CUSTOM_CHECK_INTERVAL: () => ({ CUSTOM_CHECK_INTERVAL: '20s' }),
  OCTO_SERVICE_FAILURES: () => ({ OCTO_SERVICE_FAILURES: '4' }),
  OCTO_SERVICE_SUCCESSES: () => ({ OCTO_SERVICE_SUCCESSES: '2' }),
  SSL_CERTIFICATE: () => pair,
  SSL_KEY: () => pair,
  DOMAINS: () => ({ DOMAINS: 'a.example.org' }),
};

const lines: Readonly<Record<Exclude<keyof DeclaredOptions, 'file'>, () => string>> = {
  noHttpProxy: () => '# NO_HTTP_PROXY',
  addName: () => '# ADD_NAME',
  volumesFrom: () => '# VOLUMES_FROM',
  links: () => '# LINK_SERVICE db',
  mounts: () => '# MOUNT_FROM_HOST /srv/app /data',
  hostPorts: () => `# PORTS_FROM_HOST ${hostPort} ${port}`,
};

describe('a site comes out of a backup as it was', () => {
  it.each(Object.entries(samples))('with the setting %s', async (_, given) => {
    await from.engine.setSettings(app, given(), {
      secrets: Object.keys(given()).filter((name) => name === 'SSL_KEY'),
    });
    await deploy();
    const before = await factsOf(from);
    await moved();
    expect(await factsOf(to)).toEqual(before);
    expect(await to.engine.status(app)).toMatchObject({ state: 'up', changed: false });
  });

  it.each(Object.entries(lines))('with %s of its Dockerfile', async (_, line) => {
    for (const peer of peers) await from.engine.deploy([push(peer)], from.operation());
    await deploy(line());
    const before = await factsOf(from);
    await moved();
    expect(await factsOf(to)).toEqual(before);
    expect(await to.engine.status(app)).toMatchObject({ state: 'up', changed: false });
  });

  it('with what its site file says, of octohost and of the environment', async () => {
    const file = ['environment:', '  GREETING: hello', 'memory: 128m', 'routing:', '  sticky: true', ''].join(
      '\n',
    );
    const Dockerfile = `FROM scratch\nEXPOSE ${port}\n`;
    await from.engine.deploy([push(app, { Dockerfile, '.octohost.yml': file })], from.operation());
    const before = await factsOf(from);
    await moved();
    expect(await factsOf(to)).toEqual(before);
  });
});
