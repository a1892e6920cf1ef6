/** Wherever a rename is killed, or a part of it fails: the site is whole under one of its names, and one converge ends the matter. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSnapshot } from '../../core/backup/snapshot.ts';
import { type KeyName, parseOwnDomain, parseSiteName, type SiteName } from '../../core/grammar.ts';
import type { Instance } from '../../core/index.ts';
import { keys } from '../../core/keys.ts';
import type { StoreOperation } from '../../core/roles.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const [app, shop, store] = ['app', 'shop', 'store'].map(parseSiteName) as [SiteName, SiteName, SiteName];
const own = 'www.shop.test';

let dataDir: string;
let world: TestEngine;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'octo-rename-'));
  world = testEngine({ dataDir });
});
afterEach(async () => {
  await world.dispose();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Whatever changes something. */
const changing = {
  runtime: ['start', 'keep', 'stop'],
  registrar: ['register', 'deregister'],
  router: ['prepare', 'apply'],
  store: ['transact'],
  builder: ['discard'],
} as const;

/**
 * Strikes one call of all those, before it does anything; leases are not counted. Returns what counts them.
 * @param kills whether the process is gone from then on
 */
function arm(at: number, kills: boolean): { count: number } {
  const calls = { count: 0 };
  const strike = (method: string) => (given: unknown) => {
    if (method === 'transact' && (given as StoreOperation[]).every(isOfLease)) return;
    calls.count += 1;
    if (calls.count !== at) return;
    if (kills) die();
    throw new Error('struck');
  };
  for (const [role, methods] of Object.entries(changing)) {
    const { faults } = world.roles[role as 'runtime'];
    for (const method of methods) faults.on(method as 'start', strike(method));
  }
  return calls;
}

/** The version of the store is checked with everything. */
function isOfLease({ key }: StoreOperation): boolean {
  return [keys.leases, keys.heartbeats, keys.schema].some((prefix) => key.startsWith(prefix));
}

/** A process that is gone does not even look. */
function die(): void {
  for (const [role, methods] of Object.entries(changing))
    for (const method of [...methods, 'get', 'list'])
      world.roles[role as 'runtime'].faults.on(method as 'start', new Error('killed'));
}

function disarm(): void {
  for (const role of Object.keys(changing)) world.roles[role as 'runtime'].faults.clear();
}

/** What a process that is gone held is nobody's. */
async function letGo(): Promise<void> {
  const held = (await world.roles.store.list(keys.leases)).map(({ key }) => ({
    kind: 'delete' as const,
    key,
  }));
  await world.roles.store.transact(held);
}

/** Says where host ports are looked for: where they were free once, they are for all worlds after it. */
let installation: string | undefined;

async function prepare(): Promise<void> {
  if (installation !== undefined)
    await world.roles.store.transact([{ kind: 'set', key: keys.installation, value: installation }]);
  await world.engine.setSettings(app, { TOKEN: 'hush' } as never, {
    secrets: ['TOKEN'],
    addDomains: [parseOwnDomain(own)],
  });
  await world.engine.deploy(
    [push(app, { Dockerfile: 'FROM scratch\nEXPOSE 8080\nVOLUME /data\n' })],
    world.operation(),
  );
  installation = await world.engine.installation();
  const [instance] = await world.engine.instances(app);
  world.roles.runtime.files(instance as Instance, '/data').set('note', 'kept');
}

/** The site is whole, and under one name alone. */
async function expectWhole(): Promise<SiteName> {
  const sites = await world.engine.sites();
  expect(sites).toHaveLength(1);
  const [site = app] = sites;
  const gone = site === app ? shop : app;
  expect((await world.roles.router.request(own)).body).toMatch(new RegExp(`^${site} release `));
  expect(await world.engine.settings(site)).toMatchObject({ TOKEN: 'hush' });
  const [instance] = await world.engine.instances(site);
  expect(world.roles.runtime.files(instance as Instance, '/data').get('note')).toBe('kept');
  expect(await world.engine.volumes(site)).toHaveLength(1);
  expect(await world.engine.volumes(gone)).toEqual([]);
  for (const left of [world.roles.runtime.list(gone), world.roles.builder.list(gone)])
    expect(await left).toEqual([]);
  const records = Object.keys(world.roles.store.dump()).filter((key) => key.split('/').includes(gone));
  const kinds = records.map((key) => key.split('/')[1]);
  for (const kind of ['releases', 'contents', 'renames', 'sites', 'domains', 'retiring'])
    expect(kinds).not.toContain(kind);
  return site;
}

const rename = () => world.engine.rename(app, shop, world.operation());
const isAnswered = async () => (await world.roles.router.request(own)).status;

it.each([
  ['is killed before', true],
  ['fails at', false],
] as const)('a rename that %s any call', async (_, kills) => {
  const ended = { app: 0, shop: 0 };
  for (let at = 1; ; at++) {
    await prepare();
    const calls = arm(at, kills);
    const renamed = await rename().then(
      () => true,
      () => false,
    );
    disarm();
    if (calls.count < at) {
      expect(renamed).toBe(true);
      break;
    }
    expect(await isAnswered(), `call ${at}`).toBe(200);
    await letGo();
    const { problems } = await world.engine.converge(undefined, world.operation());
    expect(problems, `call ${at}`).toEqual([]);
    const again = await world.engine.converge(undefined, world.operation());
    expect(again, `call ${at}`).toEqual({ actions: [], problems: [] });
    const site = await expectWhole();
    ended[site === app ? 'app' : 'shop'] += 1;
    await world.dispose();
    world = testEngine({ dataDir });
  }
  expect(ended.app).toBeGreaterThan(5);
  expect(ended.shop).toBeGreaterThan(3);
});

async function killAfterPointer(): Promise<void> {
  world.roles.router.faults.after('apply', die);
  await expect(rename()).rejects.toThrow();
  disarm();
  await letGo();
}

it('a rename that was killed after its pointer is ended by the same command', async () => {
  await prepare();
  await killAfterPointer();
  const found = await world.engine.runChecks(new AbortController().signal);
  expect(found.filter(({ check }) => check === 'rename')).toMatchObject([
    { site: app, message: expect.stringContaining('it is shop now'), hint: 'octo converge app' },
  ]);
  expect((await rename()).release.site).toBe(shop);
  expect(await expectWhole()).toBe(shop);
});

it('a new site of a name whose rename was killed begins with nothing of it', async () => {
  await prepare();
  await killAfterPointer();
  await world.engine.deploy(
    [push(app, { Dockerfile: 'FROM scratch\nEXPOSE 8080\nVOLUME /data\n' })],
    world.operation(),
  );
  expect(await world.engine.current(app)).toMatchObject({ number: 1, domains: ['app.example.com'] });
  expect(Object.keys(await world.engine.settings(app))).toEqual(['DOMAINS']);
  const [instance] = await world.engine.instances(app);
  expect(world.roles.runtime.files(instance as Instance, '/data').size).toBe(0);
  expect((await world.roles.router.request(own)).body).toMatch(/^shop /);
});

it('a site that gets a third name has there what the second rename did not come to', async () => {
  await prepare();
  const key = { name: 'ci', right: 'deploy', sites: ['app'], fingerprint: 'SHA256:ci' };
  const rest = { type: 'ssh-ed25519', base64: 'Y2k=', comment: '', addedAt: '', addedBy: 'me' };
  await world.engine.addKey({ ...key, ...rest } as never);
  await killAfterPointer();
  await world.engine.rename(shop, store, world.operation());
  expect((await world.engine.key('ci' as KeyName))?.sites).toEqual([store]);
  const told = await world.engine.deploys(store);
  expect(told.map(({ reason }) => reason)).toEqual(['deploy', 'rename', 'rename']);
  expect(await world.engine.converge(undefined, world.operation())).toEqual({ actions: [], problems: [] });
  const names = Object.keys(world.roles.store.dump()).filter((one) => one.includes('/deploys/'));
  expect(names.filter((one) => !one.includes(`/${store}/`))).toEqual([]);
});

it('a site that is restored under a name whose rename was killed is not ended with that', async () => {
  await world.engine.deploy([push(app)], world.operation());
  const { withSecrets: _, damaged: __, ...taken } = await world.engine.snapshot([app], { secrets: false });
  const packed = await world.engine.packImages(app, new AbortController().signal);
  const images = await buffer(packed?.tar ?? Readable.from([]));
  await killAfterPointer();
  const snapshot = readSnapshot(JSON.stringify(taken));
  await world.engine.restore(snapshot, app, () => Readable.from([images]), world.operation());
  const { problems } = await world.engine.converge(undefined, world.operation());
  expect(problems).toEqual([]);
  expect((await world.engine.releases(app)).map(({ number, gone }) => [number, gone])).toEqual([[1, false]]);
  for (const [site, release] of [
    [app, 1],
    [shop, 2],
  ])
    expect((await world.roles.router.request(`${site}.example.com`)).body).toBe(
      `${site} release ${release}\n`,
    );
});

it('a rename that was killed with a port of the host leaves it to the site with one converge', async () => {
  await world.dispose();
  world = testEngine({ dataDir, allow: [{ sites: '*', ports: [2526] }] });
  const Dockerfile = 'FROM scratch\n# PORTS_FROM_HOST 2526 25\nEXPOSE 8080\n';
  await world.engine.deploy([push(app, { Dockerfile })], world.operation());
  world.roles.registrar.faults.on('register', die);
  await expect(rename()).rejects.toThrow();
  disarm();
  await letGo();
  const [taker] = await world.roles.runtime.list(shop);
  expect(taker?.bindings.map(({ hostPort }) => hostPort)).toContain(2526);
  const { problems } = await world.engine.converge(undefined, world.operation());
  expect(problems).toEqual([]);
  const [instance] = await world.engine.instances(app);
  expect(instance?.bindings.map(({ hostPort }) => hostPort)).toContain(2526);
  expect(await world.engine.converge(undefined, world.operation())).toEqual({ actions: [], problems: [] });
});
