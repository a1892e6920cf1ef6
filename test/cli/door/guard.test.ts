import { describe, expect, it } from 'vitest';
import { guardEngine, requireRight } from '../../../cli/door/guard.ts';
import {
  type AccessKey,
  type DeployId,
  type Engine,
  errors,
  type Instance,
  type Operation,
  parseIpAddress,
  parseKeyName,
  parseOwnDomain,
  parseSiteName,
  parseSitePattern,
  type Right,
  type SettingKey,
  type Streams,
} from '../../../core/index.ts';
import { collect } from '../../contracts/fixture.ts';

const [app, other] = [parseSiteName('app'), parseSiteName('other')];
const [operation, signal] = [{} as Operation, new AbortController().signal];
const wildcard = parseOwnDomain('*.b.org');
const push = (site: typeof app) => ({ site, source: { kind: 'image', reference: 'x' } }) as const;
const instance = (site: typeof app) => ({ site }) as Instance;

const key = (right: Right, ...sites: string[]): AccessKey => ({
  name: parseKeyName('alice'),
  type: 'ssh-ed25519',
  base64: 'AAAA',
  comment: '',
  fingerprint: '',
  right,
  sites: sites.map(parseSitePattern),
  addedAt: '',
  addedBy: '',
});

const check = { http: 'http://10.0.0.5/?token=1', interval: '15s' };
const services = [
  { site: app, check },
  { site: other, check },
];

/** An engine that only says what was called. */
function recordingEngine() {
  const called: string[] = [];
  const engine = new Proxy({} as Engine, {
    get: (_target, name: string) =>
      name === 'config'
        ? 'the configuration'
        : (..._values: unknown[]) => {
            called.push(name);
            if (name === 'sites') return Promise.resolve([app, other]);
            if (name === 'running') return Promise.resolve(services);
            if (name === 'statuses') return Promise.resolve({ sites: services, problems: services });
            if (name === 'unusable') return Promise.resolve([...services, { where: 'store' }]);
            return Promise.resolve(name === 'services' ? services : 'done');
          },
  });
  return { engine, called };
}

type Call = (engine: Engine, site: typeof app) => unknown;
type Needs = Right | 'nothing' | 'everything';

/** Every method whose values name its site: what it takes, and what the refusal says. */
const calls = {
  installation: { needs: 'nothing', call: (engine) => engine.installation() },
  deploy: { needs: 'deploy', call: (engine, site) => engine.deploy([push(site)], operation) },
  preview: { needs: 'deploy', call: (engine, site) => engine.preview([push(site)], operation) },
  explain: { needs: 'read', call: (engine, site) => engine.explain(site) },
  deploys: { needs: 'read', call: (engine, site) => engine.deploys(site) },
  change: { needs: 'deploy', call: (engine, site) => engine.change(site, { reason: 'reload' }, operation) },
  rollback: { needs: 'deploy', call: (engine, site) => engine.rollback(site, 1, operation) },
  stop: { needs: 'deploy', call: (engine, site) => engine.stop(site, operation) },
  publish: { needs: 'deploy', call: (engine, site) => engine.publish(site, operation) },
  pull: { needs: 'deploy', call: (engine, site) => engine.pull(site, undefined, operation) },
  remove: { needs: 'admin', call: (engine, site) => engine.remove(site, { volumes: true }, operation) },
  converge: { needs: 'deploy', call: (engine, site) => engine.converge([site], operation) },
  planClean: { needs: 'read', call: (engine, site) => engine.planClean([site]) },
  clean: { needs: 'deploy', call: (engine, site) => engine.clean([site], operation) },
  finishRetiring: { needs: 'deploy', call: (engine, site) => engine.finishRetiring([site], operation) },
  watchReleases: { needs: 'deploy', call: (engine, site) => engine.watchReleases([site], operation) },
  exclusively: {
    needs: 'nothing',
    call: (engine, site) => engine.exclusively(site, operation, async () => 1),
  },
  warmUp: { needs: 'nothing', call: (engine, site) => engine.warmUp(site) },
  sites: { needs: 'nothing', call: (engine) => engine.sites() },
  status: { needs: 'read', call: (engine, site) => engine.status(site) },
  releases: { needs: 'read', call: (engine, site) => engine.releases(site) },
  diff: { needs: 'read', call: (engine, site) => engine.diff(site, 1, 2) },
  current: { needs: 'read', call: (engine, site) => engine.current(site) },
  settings: { needs: 'deploy', call: (engine, site) => engine.settings(site), says: 'see the settings of' },
  shownSettings: {
    needs: 'deploy',
    call: (engine, site) => engine.shownSettings(site),
    says: 'see the settings of',
  },
  rotateSecrets: { needs: 'everything', call: (engine) => engine.rotateSecrets(operation) },
  setSettings: { needs: 'deploy', call: (engine, site) => engine.setSettings(site, {}) },
  domains: { needs: 'read', call: (engine, site) => engine.domains(site) },
  volumes: { needs: 'read', call: (engine, site) => engine.volumes(site) },
  snapshot: { needs: 'everything', call: (engine, site) => engine.snapshot([site], { secrets: false }) },
  packImages: { needs: 'everything', call: (engine, site) => engine.packImages(site, signal) },
  planRestore: { needs: 'everything', call: (engine) => engine.planRestore({ sites: [], keys: [] }) },
  restore: {
    needs: 'everything',
    call: (engine, site) => engine.restore({ sites: [], keys: [] }, site, undefined, operation),
  },
  instances: { needs: 'read', call: (engine, site) => engine.instances(site) },
  clone: { needs: 'deploy', call: (engine, site) => engine.clone(site, site, operation) },
  rename: { needs: 'admin', call: (engine, site) => engine.rename(site, site, operation) },
  setMaintenance: {
    needs: 'deploy',
    call: (engine, site) => engine.setMaintenance(site, true, operation),
  },
  runAttended: {
    needs: 'deploy',
    call: (engine, site) => engine.runAttended(site, ['x'], {} as Streams, operation),
  },
  execAttended: {
    needs: 'deploy',
    call: (engine, site) => engine.execAttended(instance(site), ['x'], {} as Streams, operation),
  },
  logs: {
    needs: 'read',
    call: (engine, site) => engine.logs(instance(site), { tail: 1, follow: false }, signal),
  },
  services: { needs: 'read', call: (engine, site) => engine.services(site) },
  statuses: { needs: 'nothing', call: (engine) => engine.statuses() },
  running: { needs: 'read', call: (engine, site) => engine.running(site) },
  unusable: { needs: 'read', call: (engine, site) => engine.unusable(site) },
  serviceTags: { needs: 'read', call: (engine, site) => engine.serviceTags(site) },
  checkServices: { needs: 'everything', call: (engine, site) => engine.checkServices(site, signal) },
  changeByHand: {
    needs: 'admin',
    call: (engine, site) => engine.changeByHand(site, { remove: 'all' }, operation),
  },
  registerServices: { needs: 'deploy', call: (engine, site) => engine.registerServices([site], operation) },
  removeOrphans: { needs: 'deploy', call: (engine, site) => engine.removeOrphans([site], operation) },
  keys: { needs: 'everything', call: (engine) => engine.keys() },
  key: { needs: 'everything', call: (engine) => engine.key(parseKeyName('bob')) },
  addKey: { needs: 'everything', call: (engine) => engine.addKey(key('read', '*')) },
  removeKey: { needs: 'everything', call: (engine) => engine.removeKey(parseKeyName('bob')) },
  serve: {
    needs: 'everything',
    call: (engine) => engine.serve({ signal: AbortSignal.abort(), tell: () => {}, wait: () => {} }),
  },
  plugins: { needs: 'everything', call: (engine) => engine.plugins() },
  siteFileSchema: { needs: 'nothing', call: (engine) => engine.siteFileSchema() },
  runChecks: { needs: 'everything', call: (engine) => engine.runChecks(signal) },
  locks: { needs: 'everything', call: (engine) => engine.locks() },
  unlock: { needs: 'everything', call: (engine, site) => engine.unlock(site, { force: false }) },
  lockKeys: { needs: 'everything', call: (engine) => engine.lockKeys(operation, async () => 1) },
  adoptable: { needs: 'everything', call: (engine) => engine.adoptable(new Map()) },
  adopt: {
    needs: 'everything',
    call: (engine, site) => engine.adopt({ site } as never, {}, operation),
  },
  parts: { needs: 'everything', call: (engine) => engine.parts(AbortSignal.abort()) },
  close: { needs: 'nothing', call: (engine) => engine.close() },
} satisfies Record<
  // Those left out answer with what the key may read, and have tests of their own.
  Exclude<keyof Engine, 'config' | 'deployOf' | 'trace' | 'cancel' | 'agent' | 'events'>,
  { needs: Needs; call: Call; says?: string }
>;

const ranks: readonly Needs[] = ['nothing', 'read', 'deploy', 'admin', 'everything'];
const saying = { read: 'read', deploy: 'deploy', admin: 'administer' } as Record<Needs, string>;
const table = Object.entries(calls as Record<string, { needs: Needs; call: Call; says?: string }>).map(
  ([method, { needs, call, says }]) => ({ method, needs, call, says: says ?? saying[needs] }),
);

async function attempt(
  given: AccessKey,
  call: Call,
  site = app,
): Promise<{ called: string[]; said: string }> {
  const { engine, called } = recordingEngine();
  try {
    await call(guardEngine(engine, given), site);
    return { called, said: '' };
  } catch (error) {
    expect(error).toMatchObject({ code: 'E_KEY_RIGHTS', exit: 77 });
    return { called, said: (error as Error).message };
  }
}

describe.each<Right>(['read', 'deploy', 'admin'])('a key with the right %s', (right) => {
  it.each(table)('for app: $method, which takes $needs', async ({ method, needs, call, says }) => {
    const has = ranks.indexOf(right) >= ranks.indexOf(needs);
    const server = 'the key "alice" may not administer this server.';
    const refusal = (site: string) =>
      needs === 'everything' ? server : `the key "alice" may not ${says} "${site}".`;
    expect(await attempt(key(right, 'app'), call)).toEqual(
      has ? { called: [method], said: '' } : { called: [], said: refusal('app') },
    );
    expect(await attempt(key(right, 'app'), call, other)).toEqual(
      needs === 'nothing' ? { called: [method], said: '' } : { called: [], said: refusal('other') },
    );
  });

  it.each(table)('for all sites: $method, which takes $needs', async ({ method, needs, call }) => {
    const has = needs === 'everything' ? right === 'admin' : ranks.indexOf(right) >= ranks.indexOf(needs);
    expect((await attempt(key(right, '*'), call)).called).toEqual(has ? [method] : []);
  });
});

describe('the guarded engine', () => {
  it('refuses a push as a whole for one of its sites', async () => {
    const call: Call = (engine) => engine.deploy([push(app), push(other)], operation);
    expect(await attempt(key('deploy', 'app'), call)).toEqual({
      called: [],
      said: 'the key "alice" may not deploy "other".',
    });
  });

  it('refuses a push for a site that it would stop', async () => {
    const call: Call = (engine) => engine.deploy([push(app)], operation, [other]);
    expect(await attempt(key('deploy', 'app'), call)).toEqual({
      called: [],
      said: 'the key "alice" may not deploy "other".',
    });
  });

  it.each<{ what: string; call: Call }>([
    {
      what: 'domains:add',
      call: (engine) => engine.change(app, { reason: 'domains', addDomains: [wildcard] }, operation),
    },
    {
      what: 'config:set',
      call: (engine) =>
        engine.change(app, { reason: 'configuration', settings: { DOMAINS: 'a.org *.b.org' } }, operation),
    },
    {
      what: 'domains:set --no-deploy',
      call: (engine) => engine.setSettings(app, {}, { domains: [wildcard] }),
    },
    {
      what: 'config:set --no-deploy',
      call: (engine) => engine.setSettings(app, { DOMAINS: '*.b.org' } as Record<SettingKey, string>),
    },
  ])('lets only an administrator set a wildcard domain, by $what', async ({ call }) => {
    expect(await attempt(key('deploy', '*'), call)).toEqual({
      called: [],
      said: 'the key "alice" may not set a wildcard domain of "app".',
    });
    expect((await attempt(key('admin', 'app'), call)).called).toHaveLength(1);
  });

  it('lists the deploys of all sites only to who may read all', async () => {
    const call: Call = (engine) => engine.deploys();
    expect((await attempt(key('admin', 'a*', 'o*'), call)).called).toEqual([]);
    expect((await attempt(key('read', '*'), call)).called).toEqual(['deploys']);
  });

  describe('of a deploy', () => {
    const id = 'mhx3k2p9a41f0c' as DeployId;
    const unknown = expect.objectContaining({ code: 'E_DEPLOY_UNKNOWN' });
    const cancelled: string[] = [];
    const guarded = (given: AccessKey) =>
      guardEngine(
        {
          ...recordingEngine().engine,
          deployOf: async () => ({ site: app, deploy: id }),
          trace: async () => ({ site: app, deploy: id }),
          cancel: async () => void cancelled.push(given.right),
        } as unknown as Engine,
        given,
      );

    it('tells what the site of it may be told, else that there is none', async () => {
      for (const method of ['deployOf', 'trace'] as const) {
        expect(await guarded(key('read', 'app'))[method](id)).toMatchObject({ site: 'app' });
        await expect(guarded(key('admin', 'other'))[method](id)).rejects.toEqual(unknown);
      }
    });

    it('cancels what the key may deploy', async () => {
      await expect(guarded(key('admin', 'other')).cancel(id, 'me')).rejects.toEqual(unknown);
      await expect(guarded(key('read', 'app')).cancel(id, 'me')).rejects.toThrow('may not deploy "app"');
      expect(cancelled).toEqual([]);
      await guarded(key('deploy', 'app')).cancel(id, 'me');
      expect(cancelled).toEqual(['deploy']);
    });
  });

  it.each([undefined, []])(
    'converges %j, which is for all sites, only for an administrator of all',
    async (sites) => {
      const call: Call = (engine) => engine.converge(sites, operation);
      expect((await attempt(key('admin', 'a*', 'o*'), call)).called).toEqual([]);
      expect((await attempt(key('admin', '*'), call)).called).toEqual(['converge']);
    },
  );

  it.each(['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', 'fe80::1'])(
    'leads requests to %s, which only this host reaches, for an operator of all sites alone',
    async (text) => {
      const set = { address: parseIpAddress(text), port: 80, tags: [] };
      const call: Call = (engine) => engine.changeByHand(app, { set }, operation);
      expect(await attempt(key('admin', 'a*'), call)).toEqual({
        called: [],
        said: 'the key "alice" may not administer this server.',
      });
      expect((await attempt(key('admin', '*'), call)).called).toEqual(['changeByHand']);
    },
  );

  it('leads requests to other addresses for an administrator of the site', async () => {
    const call: Call = (engine) =>
      engine.changeByHand(
        app,
        { set: { address: parseIpAddress('10.0.0.5'), port: 80, tags: [] } },
        operation,
      );
    expect((await attempt(key('deploy', '*'), call)).called).toEqual([]);
    expect((await attempt(key('admin', 'app'), call)).called).toEqual(['changeByHand']);
  });

  it('registers the services of all sites only for an administrator of all', async () => {
    const call: Call = (engine) => engine.registerServices(undefined, operation);
    expect((await attempt(key('admin', 'a*', 'o*'), call)).called).toEqual([]);
    expect((await attempt(key('admin', '*'), call)).called).toEqual(['registerServices']);
  });

  it('lists only services of sites that the key may read', async () => {
    const { engine } = recordingEngine();
    const [ours, theirs] = services;
    expect(await guardEngine(engine, key('deploy', 'a*')).services()).toEqual([ours]);
    expect(await guardEngine(engine, key('deploy', '*')).services()).toEqual([ours, theirs]);
  });

  it('tells only of sites that the key may read how they are, and what runs of them', async () => {
    const { engine } = recordingEngine();
    const [ours] = services;
    const guarded = guardEngine(engine, key('read', 'a*'));
    expect(await guarded.running()).toEqual([ours]);
    expect(await guarded.statuses()).toEqual({ sites: [ours], problems: [ours] });
    await expect(guarded.running(other)).rejects.toThrow('may not read "other"');
  });

  it('lists what cannot be used of sites that the key may read, and what is of none to who may read all', async () => {
    const { engine } = recordingEngine();
    const [ours, theirs] = services;
    expect(await guardEngine(engine, key('read', 'a*')).unusable()).toEqual([ours]);
    expect(await guardEngine(engine, key('read', '*')).unusable()).toEqual([
      ours,
      theirs,
      { where: 'store' },
    ]);
  });

  it('shows checks, which may hold secrets, to those who may see the settings', async () => {
    const { engine } = recordingEngine();
    expect(await guardEngine(engine, key('read', '*')).services()).toEqual([{ site: app }, { site: other }]);
  });

  it('shows of the agent what is about sites that the key may read, and all to who may read all', async () => {
    const event = (number: number, site?: string) => ({
      number,
      at: '',
      what: 'ended',
      ...(site ? { site } : {}),
    });
    const all = [event(1, 'app'), event(2, 'other'), event(3)];
    const status = { host: 'web1', alive: true, out: all.slice(0, 2), last: all[1] };
    const engine = {
      ...recordingEngine().engine,
      agent: async () => status,
      events: async function* () {
        yield* all;
      },
    } as unknown as Engine;
    const events = (given: AccessKey) =>
      collect(guardEngine(engine, given).events({ follow: false, count: 9 }, new AbortController().signal));
    expect(await events(key('read', 'a*'))).toEqual([all[0]]);
    expect(await events(key('read', '*'))).toEqual(all);
    const { last: _, ...rest } = status;
    expect(await guardEngine(engine, key('read', 'a*')).agent()).toEqual({ ...rest, out: [all[0]] });
    expect(await guardEngine(engine, key('read', '*')).agent()).toEqual(status);
  });

  it('lists only the sites that the key may read', async () => {
    const { engine } = recordingEngine();
    expect(await guardEngine(engine, key('read', 'a*')).sites()).toEqual([app]);
    expect(await guardEngine(engine, key('read')).sites()).toEqual([]);
    expect(await guardEngine(engine, key('read', '*')).sites()).toEqual([app, other]);
  });

  it('shows the configuration', () => {
    expect(guardEngine(recordingEngine().engine, key('read')).config).toBe('the configuration');
  });

  it('says whose a domain is only to who may read all sites', async () => {
    const taken = errors.E_DOMAIN_TAKEN(
      { domain: 'www.example.com', owner: 'hidden' },
      { site: 'app', step: 'build' },
    );
    const engine = { ...recordingEngine().engine, change: () => Promise.reject(taken) } as unknown as Engine;
    const refusal = (given: AccessKey) =>
      guardEngine(engine, given)
        .change(app, { reason: 'reload' }, operation)
        .catch((error: unknown) => error);
    expect(await refusal(key('deploy', '*'))).toBe(taken);
    const masked = await refusal(key('deploy', 'app'));
    expect(masked).toMatchObject({
      code: 'E_DOMAIN_TAKEN',
      message: taken.message,
      site: 'app',
      step: 'build',
    });
    expect(JSON.stringify([masked, (masked as Error).stack, (masked as Error).cause])).not.toContain(
      'hidden',
    );
  });

  it('says who is tied to a site only to who may read all sites', async () => {
    const tied = errors.E_RENAME_TIED({ site: 'app', what: 'others are tied to it', others: ['hidden'] });
    const engine = { ...recordingEngine().engine, rename: () => Promise.reject(tied) } as unknown as Engine;
    const refusal = (given: AccessKey) =>
      guardEngine(engine, given)
        .rename(app, app, operation)
        .catch((error: unknown) => error);
    expect(await refusal(key('admin', '*'))).toBe(tied);
    const masked = await refusal(key('admin', 'app'));
    expect(masked).toMatchObject({ code: 'E_RENAME_TIED', message: tied.message, hint: tied.hint });
    expect(JSON.stringify([masked, (masked as Error).stack])).not.toContain('hidden');
  });

  it('is asked at the door for the site of the repository', () => {
    expect(() => requireRight(key('read', 'app'), 'read', app)).not.toThrow();
    expect(() => requireRight(key('read', 'app'), 'deploy', app)).toThrow(
      'the key "alice" may not deploy "app".',
    );
    expect(() => requireRight(key('admin', 'app'), 'read', other)).toThrow(
      'the key "alice" may not read "other".',
    );
  });
});
