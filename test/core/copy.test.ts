import { describe, expect, it } from 'vitest';
import { batches } from '../../core/batches.ts';
import { resolveConfig } from '../../core/config.ts';
import { differences } from '../../core/copy.ts';
import { parseSiteName } from '../../core/grammar.ts';
import { kept, keys } from '../../core/keys.ts';
import { copyBetween } from '../../core/open.ts';
import type { StoreOperation } from '../../core/roles.ts';
import { type MemoryRoles, memoryPlugins, memoryRoles } from '../testing/memory-plugins.ts';

const process = { version: '0.0.0', pid: 1, host: 'here', cores: 1, isAlive: () => true };
const site = parseSiteName('app');

function options(roles: MemoryRoles) {
  const config = resolveConfig(
    { plugins: memoryPlugins(roles), dataDir: '/nowhere' },
    '/nowhere/o.config.ts',
  );
  return { config, environment: {}, process };
}

const put = (roles: MemoryRoles, values: Record<string, string>) =>
  roles.store.transact(Object.entries(values).map(([key, value]) => ({ kind: 'set', key, value })));

const service = {
  kind: 'instance',
  id: 'app-127.0.0.1-20001',
  site,
  address: '127.0.0.1',
  port: 20_001,
  tags: ['http'],
  instance: 'i1',
  deploy: 'd1',
  spec: 's1',
} as const;

async function twoSides(): Promise<{
  from: MemoryRoles;
  to: MemoryRoles;
  copy: () => ReturnType<typeof copyBetween>;
}> {
  const [from, to] = [memoryRoles({}), memoryRoles({})];
  await put(from, {
    [keys.installation]: '0a1b2c3d',
    'octohost/app/COLOUR': 'blue',
    [keys.pointer(site)]: '{"site":"app"}',
    [keys.heartbeat('site/app')]: '1',
  });
  await from.registrar.register(service);
  return { from, to, copy: () => copyBetween(options(from), options(to)) };
}

describe('a copy of an installation', () => {
  it('has every key but those of the moment, and every service; a second run changes nothing', async () => {
    const { from, to, copy } = await twoSides();
    expect(await copy()).toEqual({
      written: 3,
      deleted: 0,
      registered: 1,
      deregistered: 0,
      left: [],
      unusable: [],
    });
    const { [keys.heartbeat('site/app')]: _, ...wanted } = from.store.dump();
    expect(to.store.dump()).toEqual(wanted);
    expect(await to.registrar.list()).toMatchObject([service]);
    expect(await copy()).toEqual({
      written: 0,
      deleted: 0,
      registered: 0,
      deregistered: 0,
      left: [],
      unusable: [],
    });
  });

  it('leaves what only the target has of settings, and names it, however often it is made', async () => {
    const { to, copy } = await twoSides();
    await put(to, { 'octohost/app/WISH': 'yes', 'octohost/app/COLOUR': 'red', 'elsewhere/key': 'x' });
    expect(await copy()).toMatchObject({ written: 3, deleted: 0, left: ['octohost/app/WISH'] });
    expect(await copy()).toMatchObject({ written: 0, deleted: 0, left: ['octohost/app/WISH'] });
    const left = { 'octohost/app/WISH': 'yes', 'octohost/app/COLOUR': 'blue', 'elsewhere/key': 'x' };
    expect(to.store.dump()).toMatchObject(left);
  });

  it('names what is no text, which it cannot copy', async () => {
    const { from, to, copy } = await twoSides();
    from.store.spoil('octohost/app/HALF');
    expect(await copy()).toMatchObject({ unusable: ['octohost/app/HALF'] });
    expect(to.store.dump()).not.toHaveProperty(['octohost/app/HALF']);
  });

  it('takes away what the source lost since the last copy', async () => {
    const { from, to, copy } = await twoSides();
    await copy();
    await from.store.transact([{ kind: 'delete', key: keys.pointer(site) }]);
    await from.registrar.deregister(service.id);
    expect(await copy()).toEqual({
      written: 0,
      deleted: 1,
      registered: 0,
      deregistered: 1,
      left: [],
      unusable: [],
    });
    expect(to.store.dump()).not.toHaveProperty([keys.pointer(site)]);
  });

  it('goes on where one was cut off', async () => {
    const { from, to, copy } = await twoSides();
    to.registrar.faults.on('register', new Error('cut off'));
    await expect(copy()).rejects.toThrow('cut off');
    to.registrar.faults.clear();
    expect(await copy()).toEqual({
      written: 0,
      deleted: 0,
      registered: 1,
      deregistered: 0,
      left: [],
      unusable: [],
    });
    expect(await to.registrar.list()).toHaveLength((await from.registrar.list()).length);
  });

  it('is refused into another installation, from none, and while somebody works', async () => {
    const { from, to, copy } = await twoSides();
    const holder = {
      owner: 'o',
      pid: 1,
      host: 'here',
      since: '2026-01-01T00:00:00Z',
      purpose: 'deploy of app',
    };
    await put(from, {
      [keys.lease('site/app')]: JSON.stringify({ number: 1, holder }),
      [keys.heartbeat('site/app')]: String(Date.now()),
    });
    await expect(copy()).rejects.toMatchObject({ code: 'E_COPY_BUSY' });
    await from.store.transact([{ kind: 'delete', key: keys.lease('site/app') }]);
    await put(to, { [keys.installation]: 'ffffffff' });
    await expect(copy()).rejects.toMatchObject({ code: 'E_COPY_OTHER' });
    const { [keys.schema]: _, ...left } = to.store.dump();
    expect(left).toEqual({ [keys.installation]: 'ffffffff' });
    const nobody = copyBetween(options(memoryRoles({})), options(from));
    await expect(nobody).rejects.toMatchObject({ code: 'E_COPY_EMPTY' });
  });
});

describe('what is copied', () => {
  it('is every kind of key but what is of the moment, and the schema, which each store gets by itself', () => {
    const samples = Object.entries(keys).map(
      ([name, key]) =>
        [
          name,
          typeof key === 'string' ? key : (key as (...words: never[]) => string)(...(['x', 'y'] as never[])),
        ] as const,
    );
    const left = samples.filter(([, key]) => !kept.some((prefix) => key.startsWith(prefix)));
    expect(left.map(([name]) => name)).toEqual([
      'schema',
      'agents',
      'agent',
      'allAgentEvents',
      'agentEvents',
      'leases',
      'lease',
      'heartbeats',
      'heartbeat',
    ]);
  });

  it('comes with the id of the installation last', () => {
    const source = [keys.installation, 'octohost/a/B', 'octohost-state/x'].map((key) => ({
      key,
      value: 'v',
    }));
    expect(differences(source, [], false).at(-1)).toMatchObject({ key: keys.installation });
  });

  it('comes in parts that every store takes', () => {
    const set = (value: string): StoreOperation => ({ kind: 'set', key: 'k', value });
    const all = [
      ...Array.from({ length: 60 }, () => set('x')),
      set('v'.repeat(200_000)),
      set('v'.repeat(200_000)),
    ];
    expect(batches(all).map((some) => some.length)).toEqual([50, 11, 1]);
    expect(batches([])).toEqual([]);
  });
});
