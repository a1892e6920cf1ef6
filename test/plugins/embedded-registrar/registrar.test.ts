import { describe, expect, it } from 'vitest';
import { type InstanceService, parseSiteName } from '../../../core/index.ts';
import { memoryStore } from '../../testing/memory-store.ts';
import { registrarOn } from './provided.ts';

const service: InstanceService = {
  kind: 'instance',
  id: 'app-127.0.0.1-20001',
  site: parseSiteName('app'),
  address: '127.0.0.1',
  port: 20_001,
  tags: ['http'],
  instance: 'c0ffee',
  deploy: 'd1',
  spec: 'abc',
};
const key = 'octohost-state/catalog/app-127.0.0.1-20001';

describe('embeddedRegistrar', () => {
  it('keeps a service as JSON below octohost-state/catalog/', async () => {
    const store = memoryStore();
    await registrarOn(store).register(service);
    expect(Object.keys(store.dump())).toEqual([key]);
    expect(JSON.parse(store.dump()[key] ?? '')).toEqual(service);
  });

  it('claims no health: nobody checks services here', async () => {
    const registrar = registrarOn(memoryStore());
    await registrar.register(service);
    expect(await registrar.list()).toEqual([{ ...service, health: 'unknown' }]);
  });

  it('writes nothing when the same service is registered again, whatever the order of its facts', async () => {
    const store = memoryStore();
    const registrar = registrarOn(store);
    await registrar.register(service);
    const before = await store.get(key);
    await registrar.register(
      Object.fromEntries(Object.entries(service).toReversed()) as unknown as InstanceService,
    );
    expect(await store.get(key)).toEqual(before);
    await registrar.register({ ...service, tags: ['http', 'new'] });
    expect((await store.get(key))?.version).toBeGreaterThan(before?.version ?? Number.POSITIVE_INFINITY);
  });

  it.each([
    { what: 'no JSON', value: 'app', problem: 'not JSON' },
    {
      what: 'without an address',
      value: JSON.stringify({ ...service, address: undefined }),
      problem: 'address',
    },
    {
      what: 'with a host name for an address',
      value: JSON.stringify({ ...service, address: 'a b;' }),
      problem: 'address',
    },
    { what: 'with a port beyond all', value: JSON.stringify({ ...service, port: 70_000 }), problem: 'port' },
    { what: 'of an unknown kind', value: JSON.stringify({ ...service, kind: 'other' }), problem: 'kind' },
    {
      what: 'given by nobody',
      value: JSON.stringify({ ...service, kind: 'by-hand', since: 'x' }),
      problem: 'actor',
    },
    { what: 'of no site', value: JSON.stringify({ ...service, site: '../app' }), problem: 'site' },
    {
      what: 'of another id',
      value: JSON.stringify({ ...service, id: 'app-127.0.0.1-1' }),
      problem: 'app-127.0.0.1-1',
    },
  ])('names the key of an entry that is $what', async ({ value, problem }) => {
    const store = memoryStore();
    await store.transact([{ kind: 'set', key, value }]);
    const registrar = registrarOn(store);
    for (const list of [registrar.list(), registrar.list(service.site)])
      await expect(list).rejects.toMatchObject({
        code: 'E_CATALOG_RECORD',
        message: expect.stringMatching(new RegExp(`${key}.*${problem}`)),
      });
  });

  it('reads an entry of before, which does not say that it is of an instance', async () => {
    const store = memoryStore();
    const { kind: _, ...before } = service;
    await store.transact([{ kind: 'set', key, value: JSON.stringify(before) }]);
    expect(await registrarOn(store).list()).toEqual([{ ...service, health: 'unknown' }]);
  });

  it('can take away and write again an entry that cannot be read', async () => {
    const store = memoryStore();
    const registrar = registrarOn(store);
    await store.transact([{ kind: 'set', key, value: 'broken' }]);
    await registrar.register(service);
    expect(await registrar.list()).toHaveLength(1);
    await store.transact([{ kind: 'set', key, value: 'broken' }]);
    await registrar.deregister(service.id);
    expect(await registrar.list()).toEqual([]);
  });

  it('refuses to register what it could not read back', async () => {
    const store = memoryStore();
    const bad = { ...service, port: 0 };
    await expect(registrarOn(store).register(bad)).rejects.toMatchObject({ code: 'E_CATALOG_RECORD' });
    expect(store.dump()).toEqual({});
  });

  it('says so when the store cannot be read, instead of an empty catalog', async () => {
    const store = memoryStore();
    store.faults.on('list', new Error('the disk is on fire'));
    await expect(registrarOn(store).list()).rejects.toThrow('the disk is on fire');
  });
});
