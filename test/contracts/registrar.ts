/** What every provider of the role registrar keeps to. */
import { expect } from 'vitest';
import type {
  ByHandService,
  CatalogEntry,
  InstanceService,
  Registrar,
  Service,
  SiteName,
} from '../../core/index.ts';
import { type Disposable, eventually, freshDeploy, freshSite, startWatch } from './fixture.ts';
import { startServer } from './server.ts';
import { type Check, check, registerSuite, type Suite } from './suite.ts';

export interface RegistrarFixture extends Disposable {
  readonly registrar: Registrar;
}

/** What a registrar may lack, or have beside. */
export interface RegistrarCapabilities {
  /** True: it asks services by their checks and tells their health; false: of none it says more than `unknown`. */
  readonly health: boolean;
}

function makeService(site: SiteName, port: number, facts: Partial<InstanceService> = {}): InstanceService {
  const address = '127.0.0.1';
  const deploy = freshDeploy();
  return {
    kind: 'instance',
    id: `${site}-${address}-${port}`,
    site,
    address,
    port,
    tags: ['http'],
    instance: `instance-of-${deploy}`,
    deploy,
    spec: '0123456789abcdef0123456789abcdef',
    ...facts,
  };
}

function makeByHand(site: SiteName, facts: Partial<ByHandService> = {}): ByHandService {
  return {
    kind: 'by-hand',
    id: `${site}-fd00::5-8080`,
    site,
    address: 'fd00::5',
    port: 8080,
    tags: ['http', 'legacy'],
    actor: 'root on host1',
    since: '2026-01-01T00:00:00.000Z',
    ...facts,
  };
}

/** Without the health, which is the registrar's own. */
function services(entries: readonly CatalogEntry[]): Service[] {
  return entries.map((entry) => {
    const { health: _, ...service } = entry;
    return service;
  });
}

const registers: readonly Check<RegistrarFixture>[] = [
  check(
    'has a service, with every fact, once it is registered, and not once it is deregistered',
    async ({ registrar }) => {
      const site = freshSite();
      const service = makeService(site, 20_001, { tags: ['http', 'colour=blue', 'ünï'] });
      await registrar.register(service);
      const entries = await registrar.list(site);
      expect(services(entries)).toEqual([service]);
      await registrar.deregister(service.id);
      expect(await registrar.list(site)).toEqual([]);
    },
  ),
  check(
    'has a service that was given by hand, which has no instance, and the check of each',
    async ({ registrar }) => {
      const site = freshSite();
      const probe = { http: 'http://[fd00::5]:8080/health?a=b', interval: '1m' };
      const own = makeService(site, 20_011, { check: probe });
      const byHand = makeByHand(site, { check: probe });
      await registrar.register(own);
      await registrar.register(byHand);
      expect(services(await registrar.list(site))).toEqual([own, byHand]);
      for (const { id } of [own, byHand]) await registrar.deregister(id);
      expect(await registrar.list(site)).toEqual([]);
    },
  ),
  check('keeps one entry for each id; the last that was registered with it counts', async ({ registrar }) => {
    const site = freshSite();
    const before = makeService(site, 20_002, { tags: ['http', 'old'] });
    const after = { ...before, instance: 'another', deploy: freshDeploy(), spec: 'f'.repeat(32), tags: [] };
    const given = makeByHand(site);
    const changed = { ...given, tags: ['db'] };
    for (const service of [before, given, after, changed]) await registrar.register(service);
    expect(services(await registrar.list(site))).toEqual([after, changed]);
    for (const { id } of [after, changed]) await registrar.deregister(id);
  }),
  check('takes the deregistering of an absent service as done', async ({ registrar }) => {
    const service = makeService(freshSite(), 20_003);
    await expect(registrar.deregister(service.id)).resolves.toBeUndefined();
    await registrar.register(service);
    await registrar.deregister(service.id);
    await expect(registrar.deregister(service.id)).resolves.toBeUndefined();
  }),
  check('deregisters one service and leaves those beside it', async ({ registrar }) => {
    const site = freshSite();
    const [first, second] = [makeService(site, 2_000), makeService(site, 20_004)];
    await Promise.all([registrar.register(first), registrar.register(second)]);
    await registrar.deregister(first.id);
    expect(services(await registrar.list(site))).toEqual([second]);
    await registrar.deregister(second.id);
  }),
];

const lists: readonly Check<RegistrarFixture>[] = [
  check('lists a site without those whose names begin with its name', async ({ registrar }) => {
    const site = freshSite();
    const longer = `${site}-two` as SiteName;
    const [ours, theirs] = [makeService(site, 20_005), makeService(longer, 20_006)];
    await Promise.all([registrar.register(theirs), registrar.register(ours)]);
    expect(services(await registrar.list(site))).toEqual([ours]);
    expect(services(await registrar.list(longer))).toEqual([theirs]);
    await Promise.all([registrar.deregister(ours.id), registrar.deregister(theirs.id)]);
  }),
  check('finds nothing unusable in what it registered itself', async ({ registrar }) => {
    const service = makeService(freshSite(), 20_012);
    await registrar.register(service);
    expect(await registrar.unusable(service.site)).toEqual([]);
    expect((await registrar.unusable()).map(({ name }) => name)).not.toContain(service.id);
    await registrar.deregister(service.id);
  }),
  check('lists all sites, sorted by id', async ({ registrar }) => {
    const sites = [freshSite(), freshSite(), freshSite()];
    const all = sites.flatMap((site) => [makeService(site, 20_008), makeService(site, 20_007)]);
    for (const service of all) await registrar.register(service);
    const entries = await registrar.list();
    const ids = entries.map(({ id }) => id);
    expect(ids).toEqual([...ids].toSorted());
    expect(services(entries).filter(({ site }) => sites.includes(site))).toEqual(
      all.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    );
    for (const { id } of all) await registrar.deregister(id);
  }),
];

const watches: readonly Check<RegistrarFixture>[] = [
  check(
    'yields after a service was registered, changed and deregistered, and ends with the signal',
    async ({ registrar }) => {
      const service = makeService(freshSite(), 20_009);
      const watch = startWatch((signal) => registrar.watch(signal));
      await untilWatching(registrar, watch.count);
      for (const change of [
        () => registrar.register(service),
        () => registrar.register({ ...service, instance: 'another' }),
        () => registrar.deregister(service.id),
      ]) {
        const before = watch.count();
        await change();
        await eventually('a yield', async () => watch.count() > before);
      }
      await expect(watch.end()).resolves.toBeUndefined();
    },
  ),
  check('ends at once with a signal that was aborted before', async (fixture) => {
    for await (const _ of fixture.registrar.watch(AbortSignal.abort()))
      throw new Error('A watch with an aborted signal yielded.');
  }),
];

/** A watch may need a moment before it sees changes: changes something until it does, then takes it away. */
async function untilWatching(registrar: Registrar, count: () => number): Promise<void> {
  const knock = makeService(freshSite(), 20_010);
  await eventually('the first yield', async () => {
    await registrar.register({ ...knock, deploy: freshDeploy() });
    return count() > 0;
  });
  await registrar.deregister(knock.id);
}

function healthOf({ health }: RegistrarCapabilities): Check<RegistrarFixture> {
  return health
    ? check('finds out that a service answers its check, and that it does not', async ({ registrar }) => {
        const server = await startServer((_, response) => void response.end('well'));
        const asked = { http: `http://127.0.0.1:${server.port}/`, interval: '1s' };
        const service = makeService(freshSite(), server.port, { check: asked });
        const found = (wanted: CatalogEntry['health']) =>
          eventually(wanted, async () => (await registrar.list(service.site))[0]?.health === wanted);
        try {
          await registrar.register(service);
          await found('passing');
        } finally {
          await server.stop();
        }
        await found('critical');
        await registrar.deregister(service.id);
      })
    : check('claims to know the health of no service', async ({ registrar }) => {
        const service = makeService(freshSite(), 20_013);
        await registrar.register(service);
        const found = await registrar.list(service.site);
        expect(found.map(({ health: known }) => known)).toEqual(['unknown']);
        await registrar.deregister(service.id);
      });
}

/** Every check has sites of its own: other entries in the catalog do not matter. */
export function registrarSuite(capabilities: Partial<RegistrarCapabilities> = {}): Suite<RegistrarFixture> {
  return {
    role: 'registrar',
    seconds: 120,
    checks: [...registers, ...lists, healthOf({ health: false, ...capabilities }), ...watches],
  };
}

/** Registers the suite with vitest. */
export function registrarContract(
  name: string,
  create: () => Promise<RegistrarFixture>,
  capabilities?: Partial<RegistrarCapabilities>,
): void {
  registerSuite(registrarSuite(capabilities), name, create);
}
