/** A site gets another name, and nothing else of it changes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessKey } from '../../core/access.ts';
import { rightsByPattern } from '../../core/access-keys.ts';
import {
  type KeyName,
  parseBranchRef,
  parseIpAddress,
  parseOwnDomain,
  parseRevision,
  parseSiteName,
  parseSitePattern,
  type SiteName,
} from '../../core/grammar.ts';
import type { Instance } from '../../core/index.ts';
import { keys } from '../../core/keys.ts';
import { tiesByName } from '../../core/rename.ts';
import { renamedOrigin, renamedSnapshot } from '../../core/renamed-history.ts';
import { freePort } from '../contracts/free-port.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const [app, shop, other] = ['app', 'shop', 'other'].map(parseSiteName) as [SiteName, SiteName, SiteName];
const origin = { repository: app, ref: parseBranchRef('refs/heads/main') };
const revision = parseRevision('a'.repeat(40));

let dataDir: string;
let world: TestEngine;
/** Of the host. */
let port: number;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'octo-rename-'));
  port = await freePort();
  world = testEngine({ dataDir, allow: [{ sites: '*', ports: [port] }] });
});
afterEach(async () => {
  await world.dispose();
  rmSync(dataDir, { recursive: true, force: true });
});

const files = {
  Dockerfile: 'FROM scratch\nEXPOSE 8080\nVOLUME /data\n',
  CNAME: 'www.shop.test\n',
  '.octohost.yml': 'memory: 64m\ndomains: [shop.test]\nenvironment: { COLOUR: red }\n',
};
const pushed = (site: SiteName, more = {}) => ({ ...push(site, { ...files, ...more }), origin, revision });
const deploy = (more = {}) => world.engine.deploy([pushed(app, more)], world.operation());
const rename = (from = app, to = shop, engine = world.engine) => engine.rename(from, to, world.operation());
const ask = async (host: string) => (await world.roles.router.request(host)).body;
const starts = () => world.roles.runtime.calls.filter(({ method }) => method === 'start').length;
const nothingLeft = async (site: SiteName) => {
  expect(await world.engine.sites()).not.toContain(site);
  expect(await world.roles.runtime.list(site)).toEqual([]);
  expect(await world.roles.registrar.list(site)).toEqual([]);
  expect(await world.roles.builder.list(site)).toEqual([]);
  const left = Object.keys(world.roles.store.dump()).filter((key) => key.split('/').includes(site));
  // The number of its lease only grows; its journal stays, empty; its volumes are others from now on.
  expect(left.toSorted()).toEqual([
    keys.lease(`site/${site}`),
    keys.settingsJournal(site),
    keys.volumeOwner(site),
  ]);
};
const converged = async () =>
  expect(await world.engine.converge(undefined, world.operation())).toEqual({ actions: [], problems: [] });
const settle = async (sites: readonly SiteName[]) => {
  await world.engine.finishRetiring(sites, world.operation());
};

describe('a renamed site', () => {
  it('goes on with its image, settings, secrets, site file and own domains, and the old name is gone', async () => {
    await world.engine.setSettings(app, { GREETING: 'hello', TOKEN: 'hush', CONTAINERS: '2' } as never, {
      secrets: ['TOKEN'],
      addDomains: [parseOwnDomain('more.test')],
    });
    await deploy();
    const before = await world.engine.current(app);
    const { release, urls } = await rename();
    expect(release).toMatchObject({
      site: shop,
      number: 2,
      reason: 'rename',
      count: 2,
      revision,
      origin: { repository: shop, ref: 'refs/heads/main' },
      image: { id: before?.image.id },
      run: { memoryLimit: 64 * 1024 * 1024, volumes: ['/data'] },
      domains: ['shop.example.com', 'www.shop.test', 'shop.test', 'more.test'],
    });
    expect(urls[0]).toBe('http://shop.example.com');
    expect(await world.engine.settings(shop)).toMatchObject({ GREETING: 'hello', TOKEN: 'hush' });
    expect((await world.engine.shownSettings(shop)).secrets).toEqual(['TOKEN']);
    expect((await world.engine.domains(shop)).find(({ domain }) => domain === 'more.test')?.origin).toBe(
      'domains:set',
    );
    for (const host of release.domains) expect(await ask(host)).toBe('shop release 2\n');
    expect(await ask('app.example.com')).not.toMatch(/release/);
    expect(await world.engine.status(shop)).toMatchObject({ state: 'up', changed: false, running: 2 });
    await nothingLeft(app);
    await converged();
  });

  it('is told to taps as a deploy of the new name, and as the end of one of the old', async () => {
    await deploy();
    await world.engine.finishRetiring([app], world.operation());
    world.recorder.clear();
    await rename();
    expect(world.recorder.lifecycle(shop)).toEqual(['started', 'registered', 'routed', 'settled']);
    expect(world.recorder.lifecycle(app)).toEqual(['settled', 'retired']);
    const told = world.recorder.payloads('settled');
    expect(told.map(({ site, outcome, reason, previous }) => [site, outcome, reason, previous.site])).toEqual(
      expect.arrayContaining([
        [shop, 'current', 'rename', app],
        [app, 'stopped', 'rename', app],
      ]),
    );
  });

  it('moves in one transaction that every store takes, however many settings it has', async () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`KEY_${index}`, `${index}`]));
    await world.engine.setSettings(app, many, {
      addDomains: Array.from({ length: 12 }, (_, index) => parseOwnDomain(`www${index}.test`)),
    });
    await deploy();
    const before = world.roles.store.calls.length;
    await rename();
    const sizes = world.roles.store.calls
      .slice(before)
      .filter(({ method }) => method === 'transact')
      .map(({ arguments: [operations] }) => (operations as readonly unknown[]).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(60);
    expect(await world.engine.settings(shop)).toMatchObject(many);
    await nothingLeft(app);
  });

  it('has its volumes with their data, and a new site of the old name has others', async () => {
    await deploy();
    const [instance] = await world.engine.instances(app);
    world.roles.runtime.files(instance as Instance, '/data').set('note', 'kept');
    const volumes = await world.engine.volumes(app);
    await rename();
    const [now] = await world.engine.instances(shop);
    expect(world.roles.runtime.files(now as Instance, '/data').get('note')).toBe('kept');
    expect(await world.engine.volumes(shop)).toEqual(volumes);
    await world.engine.deploy([{ ...push(app, { Dockerfile: files.Dockerfile }) }], world.operation());
    expect(await world.engine.current(app)).toMatchObject({
      number: 1,
      reason: 'deploy',
      domains: ['app.example.com'],
    });
    const [fresh] = await world.engine.instances(app);
    expect(world.roles.runtime.files(fresh as Instance, '/data').size).toBe(0);
    expect(Object.keys(await world.engine.settings(app))).toEqual(['DOMAINS']);
    expect(await world.engine.volumes(app)).not.toEqual(volumes);
    await world.engine.remove(app, { volumes: true }, world.operation());
    expect(world.roles.runtime.files(now as Instance, '/data').get('note')).toBe('kept');
    await rename(shop, app);
    const [back] = await world.engine.instances(app);
    expect(world.roles.runtime.files(back as Instance, '/data').get('note')).toBe('kept');
    expect(await world.engine.remove(app, { volumes: true }, world.operation())).toEqual(volumes);
    await converged();
  });

  it('can go back to the releases of the old name, without a build', async () => {
    await deploy();
    await deploy({ '.octohost.yml': 'environment: { COLOUR: blue }\n' });
    await rename();
    expect((await world.engine.releases(shop)).map(({ number, gone }) => [number, gone])).toEqual([
      [1, false],
      [2, false],
      [3, false],
    ]);
    const builds = world.roles.builder.calls.length;
    const { release } = await world.engine.rollback(shop, 1, world.operation());
    expect(release).toMatchObject({
      site: shop,
      number: 4,
      back: 1,
      domains: expect.arrayContaining(['shop.test']),
    });
    expect(world.roles.builder.calls.slice(builds).filter(({ method }) => method === 'build')).toEqual([]);
    await settle([shop]);
    await converged();
  });

  it('starts nothing again for the next change that needs nothing, and takes the next push as a change', async () => {
    await deploy();
    await rename();
    const before = starts();
    await world.engine.change(
      shop,
      { reason: 'domains', addDomains: [parseOwnDomain('more.test')] },
      world.operation(),
    );
    expect(starts()).toBe(before);
    const { release } = (
      await world.engine.deploy(
        [{ ...push(shop, { ...files, new: 'x' }), origin: { ...origin, repository: shop }, revision }],
        world.operation(),
      )
    )[0] as never as { release: { number: number } };
    expect(release.number).toBe(4);
  });

  it('keeps what is no part of a release: services by hand, maintenance, deploys, the rights of keys', async () => {
    await deploy();
    const given = { address: parseIpAddress('10.0.0.9'), port: 80, tags: ['http'] };
    await world.engine.changeByHand(app, { set: given }, world.operation());
    await world.engine.setMaintenance(app, true, world.operation());
    await world.engine.addKey(keyOf('ci', ['app', 'other']));
    await world.engine.addKey(keyOf('all', ['a*']));
    const [{ deploy: id } = { deploy: '' }] = await world.engine.deploys(app);
    await rename();
    expect(world.roles.router.inForce().find(({ site }) => site === shop)).toMatchObject({
      maintenance: true,
    });
    await world.engine.setMaintenance(shop, false, world.operation());
    expect((await world.engine.services(shop)).map(({ kind, address }) => [kind, address])).toContainEqual([
      'by-hand',
      '10.0.0.9',
    ]);
    expect(world.roles.router.inForce().find(({ site }) => site === shop)?.upstreams).toHaveLength(2);
    expect((await world.engine.deploys(shop)).map(({ deploy: one, reason }) => [one === id, reason])).toEqual(
      [
        [true, 'deploy'],
        [false, 'rename'],
      ],
    );
    expect((await world.engine.trace(id)).site).toBe(shop);
    expect((await world.engine.key('ci' as KeyName))?.sites).toEqual(['shop', 'other']);
    expect((await world.engine.key('all' as KeyName))?.sites).toEqual(['a*']);
    expect(world.told.join('\n')).toContain(
      'keys with a right to app by a pattern, which have none to shop: 1',
    );
    await nothingLeft(app);
    await converged();
  });

  it('comes to its end whatever somebody wrote among its deploys', async () => {
    await deploy();
    const spoilt = [keys.deploy(app, 'x'), keys.trace(app, 'x')];
    await world.roles.store.transact(spoilt.map((key) => ({ kind: 'set', key, value: '{"site":"ap' })));
    await rename();
    expect(world.roles.store.dump()).toMatchObject({
      [keys.deploy(shop, 'x')]: '{"site":"ap',
      [keys.trace(shop, 'x')]: '{"site":"ap',
    });
    await nothingLeft(app);
  });

  it('keeps volumes that it was taken over with', async () => {
    const image = { id: 'sha256:old', ports: [{ port: 8080, protocol: 'tcp' as const }], volumes: ['/data'] };
    const data = { path: '/data', name: 'f00ba4' };
    await world.roles.runtime.stranger({
      name: 'one',
      image,
      volumes: [data],
      environment: { CONTAINER_NAME: 'app' },
      bindings: [],
    });
    const { sites } = await world.engine.adoptable(new Map());
    for (const one of sites) await world.engine.adopt(one, {}, world.operation());
    await rename();
    const last = world.roles.runtime.calls.findLast(({ method }) => method === 'start');
    expect(last?.arguments[0]).toMatchObject({ adoptedVolumes: [data] });
    await world.engine.deploy([push(app)], world.operation());
    const fresh = world.roles.runtime.calls.findLast(({ method }) => method === 'start');
    expect(fresh?.arguments[0]).not.toHaveProperty('adoptedVolumes');
  });

  it('keeps its host port, for which the old one gives way', async () => {
    await deploy({ Dockerfile: `FROM scratch\n# PORTS_FROM_HOST ${port} 25\nEXPOSE 8080\n` });
    await rename();
    const [instance] = await world.engine.instances(shop);
    expect(instance?.bindings.map(({ hostPort }) => hostPort)).toContain(port);
    await nothingLeft(app);
    await converged();
  });

  it('that is stopped stays so, and starts under its new name', async () => {
    await deploy();
    await world.engine.stop(app, world.operation());
    const before = starts();
    const { release } = await rename();
    expect([release.number, starts()]).toEqual([2, before]);
    expect(await world.engine.status(shop)).toMatchObject({ state: 'stopped' });
    await nothingLeft(app);
    await world.engine.change(shop, { reason: 'start' }, world.operation());
    expect(await ask('shop.test')).toBe('shop release 3\n');
  });

  it('leaves to others the domains of its files that they have', async () => {
    const main = { repository: other, ref: parseBranchRef('refs/heads/main') };
    await world.engine.deploy([{ ...push(other), origin: main }], world.operation());
    await world.engine.change(
      other,
      { reason: 'domains', addDomains: [parseOwnDomain('www.shop.test')] },
      world.operation(),
    );
    await world.engine.deploy(
      [
        {
          ...push(parseSiteName('other-x'), files),
          origin: { repository: other, ref: parseBranchRef('refs/heads/x') },
        },
      ],
      world.operation(),
    );
    const { release } = await rename(parseSiteName('other-x'), shop);
    expect(release).toMatchObject({
      domains: ['shop.example.com', 'shop.test'],
      origin: { repository: shop, ref: 'refs/heads/main' },
    });
    expect(await ask('www.shop.test')).toMatch(/^other /);
  });
});

describe('a rename is refused, and nothing is changed,', () => {
  const unchanged = async (work: () => Promise<unknown>, code: string) => {
    const before = world.roles.store.dump();
    await expect(work()).rejects.toMatchObject({ code });
    const after = world.roles.store.dump();
    const isHistory = (key: string) => /\/(leases|heartbeats|deploys|traces|routes|settings)(\/|$)/.test(key);
    for (const all of [before, after])
      for (const key of Object.keys(all)) if (isHistory(key)) delete all[key];
    expect(after).toEqual(before);
  };

  it('to a name that somebody has, or of which data is left', async () => {
    await unchanged(rename, 'E_SITE_UNKNOWN');
    await deploy();
    await unchanged(() => rename(app, app), 'E_RENAME_TAKEN');
    await world.engine.setSettings(shop, { A: '1' } as never);
    await unchanged(rename, 'E_RENAME_TAKEN');
    await world.engine.deploy([push(other, { Dockerfile: files.Dockerfile })], world.operation());
    await unchanged(() => rename(app, other), 'E_RENAME_TAKEN');
    await world.engine.remove(other, { volumes: false }, world.operation());
    await unchanged(() => rename(app, other), 'E_RENAME_TAKEN');
    await world.engine.remove(other, { volumes: true }, world.operation());
    expect((await rename(app, other)).release.site).toBe(other);
  });

  it('to a name whose pointer somebody took away, and whose history stays', async () => {
    await deploy();
    await world.engine.deploy([push(other)], world.operation());
    await world.roles.store.transact([{ kind: 'delete', key: keys.pointer(other) }]);
    await world.engine.converge(undefined, world.operation());
    await unchanged(() => rename(app, other), 'E_RENAME_TAKEN');
    await world.engine.converge(undefined, world.operation());
    expect(await world.engine.releases(other)).toHaveLength(1);
  });

  it('of a site that others are linked to, or that is linked to others by its name', async () => {
    await world.engine.deploy([push(parseSiteName('app_db'))], world.operation());
    await deploy({ Dockerfile: 'FROM scratch\n# LINK_SERVICE db\nEXPOSE 8080\n' });
    await unchanged(rename, 'E_RENAME_TIED');
    await unchanged(() => rename(parseSiteName('app_db'), shop), 'E_RENAME_TIED');
  });

  it('where the new instances do not come up, or the routes cannot be applied', async () => {
    await deploy();
    const before = await world.engine.current(app);
    world.roles.runtime.behave(({ spec }) => (spec.site === shop ? { kind: 'exits', code: 1 } : undefined));
    await expect(rename()).rejects.toThrow();
    world.roles.runtime.behave({ kind: 'answers' });
    world.roles.router.faults.once('apply', new Error('no nginx'));
    await expect(rename()).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    expect(await ask('shop.test')).toBe('app release 1\n');
    expect(await world.engine.current(app)).toEqual(before);
    const left = Object.keys(world.roles.store.dump()).filter((key) => key.split('/').includes(shop));
    const kinds = new Set(left.map((key) => key.split('/')[1]));
    expect(kinds).toEqual(new Set(['deploys', 'leases', 'traces']));
    expect(await world.roles.builder.list(shop)).toEqual([]);
    expect(await world.engine.volumes(app)).toHaveLength(1);
    await converged();
    await rename();
    expect(await ask('shop.test')).toBe('shop release 2\n');
  });
});

function keyOf(name: string, sites: readonly string[]): AccessKey {
  return {
    name: name as KeyName,
    type: 'ssh-ed25519',
    base64: Buffer.from(name).toString('base64'),
    comment: '',
    fingerprint: `SHA256:${name}`,
    right: 'deploy',
    sites: sites.map(parseSitePattern),
    addedAt: '2026-01-01T00:00:00Z',
    addedBy: 'me',
  };
}

describe('what is computed', () => {
  it('is another branch only where that one made another site', () => {
    const of = (ref: string) => renamedOrigin({ repository: app, ref: parseBranchRef(ref) }, shop);
    expect(of('refs/heads/main')).toEqual({ repository: shop, ref: 'refs/heads/main' });
    expect(of('refs/heads/master')).toEqual({ repository: shop, ref: 'refs/heads/master' });
    expect(of('refs/heads/next')).toEqual({ repository: shop, ref: 'refs/heads/main' });
  });

  it('is the name, in whatever a snapshot has', () => {
    const release = { site: app, number: 1, origin } as never;
    const stability = { site: app, release: 1 } as never;
    const pointer = { site: app, release: 1 } as never;
    const snapshot = {
      site: app,
      settings: {},
      releases: [release],
      contents: {},
      stabilities: [stability],
      services: [],
      pointer,
    };
    expect(JSON.stringify(renamedSnapshot(snapshot, shop))).not.toContain('app');
  });

  it('is which links go by a name of their own', () => {
    const link = { alias: 'db', line: 1 };
    const options = {
      file: 'Dockerfile',
      links: [link, { ...link, container: 'pg' }],
      mounts: [],
      hostPorts: [],
    };
    expect(tiesByName(app, { options })).toEqual(['app_db']);
    expect(tiesByName(app, { options: { ...options, links: [], volumesFrom: 2 } })).toEqual(['app_data']);
    expect(tiesByName(app, {})).toEqual([]);
  });

  it('is which keys lose the site', () => {
    const all = [
      keyOf('named', ['app']),
      keyOf('pattern', ['a*']),
      keyOf('both', ['*p']),
      keyOf('none', ['x']),
    ];
    expect(rightsByPattern(all, app, shop).map(({ name }) => name)).toEqual(['pattern']);
  });
});
