/** Sites from one installation to another, by a snapshot: the engine on roles in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSnapshot, type SiteSnapshot, type Snapshot } from '../../../core/backup/snapshot.ts';
import { parseDomain, parseSiteName, type SiteName } from '../../../core/grammar.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';

const [app, shop] = [parseSiteName('app'), parseSiteName('shop')];
const secret = 'hunter2-hunter2';
let from: TestEngine;
let to: TestEngine;
let folders: string[];

async function installation(configured: Parameters<typeof testEngine>[0] = {}): Promise<TestEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'octo-backup-'));
  folders.push(dataDir);
  return testEngine({ dataDir, ...configured });
}

beforeEach(async () => {
  folders = [];
  from = await installation();
  to = await installation();
});
afterEach(async () => {
  await Promise.all([from, to].map((world) => world.dispose()));
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const deploy = (site: SiteName, content: string) =>
  from.engine.deploy([push(site, { content })], from.operation());
const set = (site: SiteName, settings: Record<string, string>, secrets: string[] = []) =>
  from.engine.setSettings(site, settings, { secrets });

/** As it comes out of a file. */
async function taken(sites?: readonly SiteName[], secrets = true): Promise<Snapshot> {
  const { withSecrets: _, damaged: __, ...snapshot } = await from.engine.snapshot(sites, { secrets });
  return readSnapshot(JSON.stringify(snapshot));
}

async function imagesOf(site: SiteName): Promise<() => Readable> {
  const packed = await from.engine.packImages(site, new AbortController().signal);
  const bytes = await buffer(packed?.tar ?? Readable.from([]));
  return () => Readable.from([bytes]);
}

const restore = async (snapshot: Snapshot, site: SiteName, world = to) =>
  world.engine.restore(snapshot, site, await imagesOf(site), world.operation());
const answer = (world: TestEngine, host: string) => world.roles.router.request(host);
const settingsOf = (world: TestEngine, site: SiteName) => world.engine.settings(site);
const stored = (world: TestEngine) =>
  Object.fromEntries(
    Object.entries(world.roles.store.dump()).filter(
      ([key]) => !/-state\/(?:(?:leases|heartbeats)\/|schema$)/.test(key),
    ),
  );
const changed = (snapshot: Snapshot, change: (site: SiteSnapshot) => object): Snapshot => ({
  ...snapshot,
  sites: snapshot.sites.map((site) => ({ ...site, ...change(site) })) as readonly SiteSnapshot[],
});
const ofRelease = (snapshot: Snapshot, change: object) =>
  changed(snapshot, ({ releases }) => ({ releases: releases.map((one) => ({ ...one, ...change })) }));

describe('a site that is restored elsewhere', () => {
  it('answers as before, with its releases, settings, secrets, domains and services', async () => {
    await set(app, { PLAIN: 'to see', TOKEN: secret }, ['TOKEN']);
    await deploy(app, '1');
    await deploy(app, '2');
    const domains = { reason: 'domains', domains: [parseDomain('a.org')] } as const;
    await from.engine.change(app, domains, from.operation());
    const service = { address: '10.0.0.9', port: 80, tags: ['http'] } as never;
    await from.engine.changeByHand(app, { set: service }, from.operation());
    const snapshot = await taken();
    expect(JSON.stringify(snapshot.sites)).not.toContain(secret);
    expect(await to.engine.planRestore(snapshot)).toEqual([{ site: app, fate: 'new' }]);
    expect(await restore(snapshot, app)).toMatchObject({ did: 'restored', needsImage: false });
    const { problems } = await to.engine.converge([app], to.operation());
    expect(problems).toEqual([]);
    for (const host of ['a.org', 'app.example.com'])
      expect(await answer(to, host)).toEqual(await answer(from, host));
    expect(await settingsOf(to, app)).toEqual(await settingsOf(from, app));
    expect(await to.engine.shownSettings(app)).toEqual(await from.engine.shownSettings(app));
    expect(await to.engine.domains(app)).toEqual(await from.engine.domains(app));
    const numbers = async (world: TestEngine) =>
      (await world.engine.releases(app)).map(({ number, deploy: id, current, gone }) => ({
        number,
        id,
        current,
        gone,
      }));
    expect(await numbers(to)).toEqual(await numbers(from));
    const byHand = async (world: TestEngine) =>
      (await world.engine.services(app)).filter(({ kind }) => kind === 'by-hand').map(({ id }) => id);
    expect(await byHand(to)).toEqual(await byHand(from));
    expect(await to.engine.status(app)).toMatchObject({ state: 'up', changed: false });
  });

  it('is told by digests of this host, so that nothing starts anew for what did not change', async () => {
    await set(app, { TOKEN: secret }, ['TOKEN']);
    await deploy(app, '1');
    await restore(await taken(), app);
    await to.engine.converge([app], to.operation());
    const [there, here] = [await from.engine.current(app), await to.engine.current(app)];
    expect(here?.spec).not.toBe(there?.spec);
    const scaled = await to.engine.change(
      app,
      { reason: 'scale', settings: { CONTAINERS: '2' } },
      to.operation(),
    );
    expect(scaled.started).toBe(1);
  });

  it('has its certificate, whose key was sealed', async () => {
    const { certificate, key } = selfSigned('app.example.com');
    await set(app, { SSL_CERTIFICATE: certificate, SSL_KEY: key }, ['SSL_KEY']);
    await deploy(app, '1');
    await restore(await taken(), app);
    await to.engine.converge([app], to.operation());
    const routes = to.roles.router.inForce();
    expect(routes?.find(({ site }) => site === app)?.tls).toEqual({ certificate, key });
  });

  it('has the most of this host where it says nothing, and is what a deploy of it here would be', async () => {
    await deploy(app, '1');
    to = await installation({ limits: { memory: '256m', processes: 100, cpus: 2 } });
    await restore(await taken(), app);
    await to.engine.converge([app], to.operation());
    const run = { memoryLimit: 256 * 1024 * 1024, processes: 100, cpus: 2 };
    expect(await to.engine.current(app)).toMatchObject({ run });
    const start = to.roles.runtime.calls.find(({ method }) => method === 'start');
    expect(start?.arguments[0]).toMatchObject({ spec: run });
    const scale = { reason: 'scale', settings: { CONTAINERS: '2' } } as const;
    expect((await to.engine.change(app, scale, to.operation())).started).toBe(1);
  });

  it('goes back to a release of before', async () => {
    await deploy(app, '1');
    await deploy(app, '2');
    await restore(await taken(), app);
    await to.engine.converge([app], to.operation());
    const { release } = await to.engine.rollback(app, 1, to.operation());
    expect(release.image.id).toBe((await from.engine.releases(app))[0]?.image.id);
  });

  it('that was in maintenance stays so', async () => {
    await deploy(app, '1');
    await from.engine.setMaintenance(app, true, from.operation());
    await restore(await taken(), app);
    await to.engine.converge([app], to.operation());
    expect(await to.engine.status(app)).toMatchObject({ state: 'up', maintenance: true });
    expect(await answer(to, 'app.example.com')).toMatchObject({ status: 503 });
  });

  it('that was stopped stays so, and starts when it is asked to', async () => {
    await deploy(app, '1');
    await from.engine.stop(app, from.operation());
    await restore(await taken(), app);
    await to.engine.converge([app], to.operation());
    expect(await to.engine.status(app)).toMatchObject({ state: 'stopped' });
    await to.engine.change(app, { reason: 'start' }, to.operation());
    expect(await to.engine.status(app)).toMatchObject({ state: 'up' });
  });

  it('without images says that it has none', async () => {
    await deploy(app, '1');
    const restored = await to.engine.restore(await taken(), app, undefined, to.operation());
    expect(restored).toMatchObject({ did: 'restored', needsImage: true });
  });

  it('of which only settings are known gets those', async () => {
    await set(app, { A: '1', TOKEN: secret }, ['TOKEN']);
    const snapshot = await taken();
    expect(await to.engine.restore(snapshot, app, undefined, to.operation())).toEqual({
      site: app,
      did: 'restored',
      needsImage: false,
    });
    expect(await settingsOf(to, app)).toEqual({ A: '1', TOKEN: secret });
    expect(await to.engine.planRestore(snapshot)).toEqual([{ site: app, fate: 'there' }]);
  });

  it('may have had its settings stored there before, the domains that were set among them', async () => {
    await set(app, { A: '1' });
    await deploy(app, '1');
    const domains = { reason: 'domains', domains: [parseDomain('a.org')] } as const;
    await from.engine.change(app, domains, from.operation());
    await to.engine.setSettings(app, { A: '1' } as never, { domains: [parseDomain('a.org')] });
    await restore(await taken(), app);
    await to.engine.converge([app], to.operation());
    expect(await to.engine.domains(app)).toEqual(await from.engine.domains(app));
    expect(await to.engine.status(app)).toMatchObject({ state: 'up', changed: false });
  });

  it('has many settings whole', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 80 }, (_, index) => [`KEY_${index}`, 'x'.repeat(500)]),
    );
    await set(app, many);
    await deploy(app, '1');
    await restore(await taken(), app);
    expect(await settingsOf(to, app)).toEqual(await settingsOf(from, app));
  });
});

describe('a secret that cannot be opened any more', () => {
  /** As a store in which somebody wrote. */
  async function damage(key: RegExp): Promise<void> {
    for (const [name, value] of Object.entries(from.roles.store.dump()))
      if (key.test(name) && value.includes('octohost-secret:'))
        await from.roles.store.transact([
          {
            kind: 'set',
            key: name,
            value: value.replaceAll(/(octohost-secret:1:)[0-9a-f]{8}/g, '$1deadbee0'),
          },
        ]);
  }
  const takenOf = async () => {
    const { damaged, sites, withSecrets } = await from.engine.snapshot(undefined, { secrets: true });
    return { damaged, withSecrets, sites: sites.map(({ site, releases }) => [site, releases.length]) };
  };

  it('leaves its own site out of a backup with secrets, and says which one it is and what to do', async () => {
    await set(app, { TOKEN: secret }, ['TOKEN']);
    await deploy(app, '1');
    await set(shop, { TOKEN: secret }, ['TOKEN']);
    await deploy(shop, '1');
    await damage(/^octohost\/app\/TOKEN$/);
    const { damaged, ...rest } = await takenOf();
    expect(rest).toEqual({ sites: [[shop, 1]], withSecrets: [shop] });
    expect(damaged).toEqual([expect.stringMatching(/^app is left out: .*TOKEN of app.*config:set --secret/)]);
  });

  it('in a release of before leaves that release out', async () => {
    await set(app, { TOKEN: secret }, ['TOKEN']);
    await deploy(app, '1');
    await damage(/contents\/app\//);
    await set(app, { TOKEN: 'another-secret' }, ['TOKEN']);
    await deploy(app, '2');
    const { damaged, ...rest } = await takenOf();
    expect(rest).toEqual({ sites: [[app, 1]], withSecrets: [app] });
    expect(damaged).toEqual([expect.stringMatching(/^release 1 of app is left out: .*TOKEN/)]);
    expect(await restore(await taken(), app)).toMatchObject({ did: 'restored' });
  });
});

describe('a second run', () => {
  it('writes nothing, whatever became of the site here since', async () => {
    await deploy(app, '1');
    const snapshot = await taken();
    await restore(snapshot, app);
    await to.engine.converge([app], to.operation());
    const before = stored(to);
    expect(await restore(snapshot, app)).toMatchObject({ did: 'there' });
    expect(stored(to)).toEqual(before);
    await to.engine.change(app, { reason: 'reload', reload: true }, to.operation());
    expect(await to.engine.planRestore(snapshot)).toEqual([{ site: app, fate: 'there' }]);
  });

  it('after any interruption finishes; until then there is nothing of the site', async () => {
    await set(app, { TOKEN: secret }, ['TOKEN']);
    for (const content of ['1', '2', '3']) await deploy(app, content);
    const snapshot = await taken();
    const calls = async (world: TestEngine) => {
      const { length } = world.roles.store.calls;
      await restore(snapshot, app, world);
      return world.roles.store.calls.slice(length).filter(({ method }) => method === 'transact').length;
    };
    const most = await calls(to);
    expect(most).toBeGreaterThan(3);
    for (let last = 1; last < most; last++) {
      const world = await installation();
      let left = last;
      world.roles.store.faults.on('transact', () => {
        if (left-- <= 0) throw new Error('cut off');
      });
      await restore(snapshot, app, world).catch(() => {});
      world.roles.store.faults.clear();
      // What a process that was killed held is held by nobody.
      await world.engine.unlock(app, { force: true }).catch(() => {});
      const known = await world.engine.sites();
      if (known.length > 0) expect(await settingsOf(world, app)).toEqual(await settingsOf(from, app));
      await restore(snapshot, app, world);
      expect((await world.engine.releases(app)).length).toBe(3);
      await world.dispose();
    }
  });
});

describe('what is refused before anything is written', () => {
  const refusal = async (snapshot: Snapshot) => {
    const before = stored(to);
    const [fate] = await to.engine.planRestore(snapshot);
    expect(fate?.fate).toBe('refused');
    const site = snapshot.sites[0]?.site ?? app;
    await expect(restore(snapshot, site)).rejects.toMatchObject({ code: 'E_RESTORE_REFUSED' });
    expect(stored(to)).toEqual(before);
    return fate?.problem;
  };

  it('is another site of the same name', async () => {
    await deploy(app, '1');
    await to.engine.deploy([push(app, { content: 'theirs' })], to.operation());
    expect(await refusal(await taken())).toBe('there is another site of this name');
  });

  it('is a setting that is another one here', async () => {
    await set(app, { A: '1', B: 'same' });
    await to.engine.setSettings(app, { A: '2', B: 'same' } as never);
    expect(await refusal(await taken())).toBe('it has other settings here: A');
  });

  it('is a domain that was set for it here, and is not one of its own', async () => {
    await deploy(app, '1');
    await to.engine.setSettings(app, {}, { domains: [parseDomain('other.org')] });
    expect(await refusal(await taken())).toBe('it has other settings here: DOMAINS');
  });

  it('is a domain that another site has here', async () => {
    await deploy(app, '1');
    const domains = { reason: 'domains', domains: [parseDomain('a.org')] } as const;
    await from.engine.change(app, domains, from.operation());
    await to.engine.deploy([push(shop, { content: '1' })], to.operation());
    await to.engine.change(shop, domains, to.operation());
    expect(await refusal(await taken())).toBe('a.org belongs to shop here');
  });

  it('is a secret that nothing here opens', async () => {
    await set(app, { TOKEN: secret }, ['TOKEN']);
    await deploy(app, '1');
    expect(await refusal(await taken(undefined, false))).toMatch(/sealed with the key/);
  });

  it('is a secret of another site', async () => {
    await set(app, { TOKEN: secret }, ['TOKEN']);
    const snapshot = await taken();
    expect(await refusal(changed(snapshot, () => ({ site: shop })))).toMatch(/belongs elsewhere/);
  });

  it('is a mount that no rule of this host allows, declared or not', async () => {
    await deploy(app, '1');
    const [site] = (await taken()).sites;
    const mounts = [{ source: '/etc', target: '/etc' }];
    const run = { ...site?.releases[0]?.run, mounts };
    expect(await refusal(ofRelease(await taken(), { run }))).toMatch(/reaches more of the host/);
    const options = { file: 'Dockerfile', links: [], hostPorts: [], mounts: [{ ...mounts[0], line: 1 }] };
    const declared = { domains: [], options };
    expect(await refusal(ofRelease(await taken(), { run, declared }))).toMatch(
      /line 1: the host's \/etc|asks for/,
    );
  });

  it.each([
    { what: 'a capability', run: { capabilities: ['SYS_ADMIN'] } },
    { what: 'a device', run: { devices: [{ source: '/dev/kmsg', target: '/dev/kmsg', rights: 'rw' }] } },
    { what: "the host's network", run: { hostNetwork: true } },
  ])('is $what that no rule of this host allows', async ({ run: reach }) => {
    await deploy(app, '1');
    const [site] = (await taken()).sites;
    const run = { ...site?.releases[0]?.run, ...reach };
    expect(await refusal(ofRelease(await taken(), { run }))).toMatch(/reaches more of the host/);
  });

  it.each([
    { what: 'memory', run: { memoryLimit: 512 * 1024 * 1024 }, says: /MEMORY_LIMIT: memory .* limits lets/ },
    { what: 'processors', run: { cpus: 4 }, says: /OCTO_CPUS/ },
    { what: 'processes', run: { processes: 500 }, says: /OCTO_PROCESSES/ },
    { what: 'instances', count: 3, says: /CONTAINERS: instances 3/ },
  ])('is more $what than a site may have here, whatever its settings say', async ({ run, count, says }) => {
    await deploy(app, '1');
    to = await installation({ limits: { instances: 2, memory: '256m', processes: 100, cpus: 2 } });
    const [site] = (await taken()).sites;
    const change = { run: { ...site?.releases[0]?.run, ...run }, ...(count ? { count } : {}) };
    expect(await refusal(ofRelease(await taken(), change))).toMatch(says);
  });

  it.each([
    { what: 'the default name of another site of this host', domain: 'shop.example.com' },
    { what: 'a wildcard over them', domain: '*.example.com' },
  ])('is $what, there or not', async ({ domain }) => {
    await deploy(app, '1');
    expect(await refusal(ofRelease(await taken(), { domains: ['app.example.com', domain] }))).toContain(
      domain,
    );
    const record = { domains: { written: '', set: [domain] } };
    expect(await refusal(changed(await taken(), () => record))).toContain(domain);
  });

  it.each([
    { what: 'a domain that is configuration', change: { domains: ['x.com; return 301 http://evil;'] } },
    {
      what: 'an image that is no content id',
      change: { image: { id: 'evil:latest', ports: [], volumes: [] } },
    },
    {
      what: 'a volume outside',
      change: { image: { id: `sha256:${'0'.repeat(64)}`, ports: [], volumes: ['../x'] } },
    },
    { what: 'a branch that is none', change: { origin: { repository: '../x', ref: 'refs/heads/main' } } },
    { what: 'a revision that is an option', change: { revision: '--upload-pack=x' } },
    { what: 'a name for a terminal', change: { actor: 'me\u001b[2J' } },
    { what: 'a deploy that is a path', change: { deploy: '../../x' } },
    { what: 'a release of another site', change: { site: 'other' } },
    { what: 'a template that is a path', change: { route: { template: '../x' } } },
    { what: 'a content key that is a path', change: { environment: '../x' } },
    { what: 'a number of instances', change: { count: 100_000 } },
  ])('is $what', async ({ change }) => {
    await deploy(app, '1');
    await refusal(ofRelease(await taken(), change));
  });

  it('is a pointer without its release, and a release without what it is made of', async () => {
    await deploy(app, '1');
    const snapshot = await taken();
    await refusal(changed(snapshot, () => ({ releases: [] })));
    await refusal(changed(snapshot, () => ({ contents: {} })));
  });

  it('is one domain for two sites', async () => {
    await deploy(app, '1');
    const snapshot = await taken();
    const [site] = snapshot.sites as [SiteSnapshot];
    const twin = {
      ...site,
      site: shop,
      pointer: { ...site.pointer, site: shop },
      releases: site.releases.map((one) => ({ ...one, site: shop })),
    } as SiteSnapshot;
    const fates = await to.engine.planRestore({ ...snapshot, sites: [site, twin] });
    expect(fates[1]).toMatchObject({ site: shop, fate: 'refused' });
  });
});
