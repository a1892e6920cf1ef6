/** What holds of the schema version in every store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keys } from '../../core/keys.ts';
import type { Store } from '../../core/roles.ts';
import { type Upgrade, withSchema } from '../../core/schema.ts';

/** A new store for each test. */
export interface SchemaFixture {
  readonly store: Store;
  dispose(): Promise<void>;
}

const key = 'octohost-state/sites/app';
const other = 'octohost-state/sites/other';
const setting = 'octohost/app/KEY';

const none: Upgrade = async () => [];
/** Each record of a site gets a line more. */
const addLine: Upgrade = async (store) =>
  (await store.list(keys.pointers)).map((entry) => ({
    kind: 'set',
    key: entry.key,
    value: `${entry.value} and a line`,
    expect: entry.version,
  }));

const set = (where: string, value = 'x') => ({ kind: 'set', key: where, value }) as const;

export function schemaSuite(name: string, create: () => Promise<SchemaFixture>): void {
  describe(`the schema version in ${name}`, () => {
    let fixture: SchemaFixture;
    let raw: Store;
    const older = (upgrades: readonly Upgrade[] = [none]) => withSchema(raw, { octohost: '1.0.0', upgrades });
    const newer = (upgrades: readonly Upgrade[] = [none, addLine]) =>
      withSchema(raw, { octohost: '2.0.0', upgrades });
    const record = async () => JSON.parse((await raw.get(keys.schema))?.value ?? 'null');
    const refusal = {
      code: 'E_SCHEMA_NEWER',
      message: expect.stringMatching(/2\.0\.0, with schema 2\. This is 1\.0\.0, which knows schema 1/),
      hint: expect.stringContaining('Update octohost on this host to 2.0.0'),
    };

    beforeEach(async () => {
      fixture = await create();
      raw = fixture.store;
    });
    afterEach(() => fixture.dispose());

    it('is written with the first that is written, and not for a look', async () => {
      const store = older();
      expect(await store.list('octohost/')).toEqual([]);
      expect(await record()).toBe(null);
      await store.transact([set(setting)]);
      expect(await record()).toEqual({ version: 1, octohost: '1.0.0' });
      await store.transact([set(setting, 'y')]);
      expect((await store.get(setting))?.value).toBe('y');
    });

    it('keeps an older octohost from a newer store, which stays as it is', async () => {
      await newer().transact([set(key)]);
      const before = await raw.list('octohost');
      await expect(older().get(key)).rejects.toMatchObject(refusal);
      await expect(older().list('octohost/')).rejects.toMatchObject(refusal);
      await expect(older().unusable('octohost/')).rejects.toMatchObject(refusal);
      await expect(older().transact([set(setting)])).rejects.toMatchObject(refusal);
      expect(await raw.list('octohost')).toEqual(before);
    });

    it('makes an older store one of this octohost, at the first look', async () => {
      await older().transact([set(key), set(other)]);
      const store = newer();
      expect((await store.list(keys.pointers)).map(({ value }) => value)).toEqual([
        'x and a line',
        'x and a line',
      ]);
      expect(await record()).toEqual({ version: 2, octohost: '2.0.0' });
      expect((await newer().get(key))?.value).toBe('x and a line');
    });

    it('takes a store on that never had a version', async () => {
      await raw.transact([set(key)]);
      expect((await newer().get(key))?.value).toBe('x and a line');
    });

    it('upgrades in one step or not at all', async () => {
      await older().transact([set(key), set(other)]);
      const before = await raw.list('octohost');
      const broken: Upgrade = async (store) => {
        await addLine(store);
        throw new Error('power failure');
      };
      await expect(newer([none, addLine, broken]).get(key)).rejects.toThrow('power failure');
      expect(await raw.list('octohost')).toEqual(before);
    });

    it('upgrades once where several begin at the same time', async () => {
      await older().transact([set(key)]);
      const values = await Promise.all([newer(), newer(), newer()].map((store) => store.get(key)));
      expect(values.map((entry) => entry?.value)).toEqual(Array(3).fill('x and a line'));
    });

    it('is computed anew where somebody writes meanwhile', async () => {
      await older().transact([set(key)]);
      let meanwhile = async () => {
        meanwhile = async () => {};
        await older().transact([set(key, 'later')]);
      };
      const interrupted: Upgrade = async (store) => {
        const operations = await addLine(store);
        await meanwhile();
        return operations;
      };
      expect((await newer([none, interrupted]).get(key))?.value).toBe('later and a line');
    });

    it('stops an older octohost that was running when the store became newer', async () => {
      const running = older();
      await running.transact([set(key)]);
      await newer().get(key);
      await expect(running.transact([set(setting)])).rejects.toMatchObject(refusal);
      expect(await raw.get(setting)).toBe(undefined);
    });

    it('is looked for again after it could not be read', async () => {
      let fails = true;
      const store = withSchema(
        { ...raw, get: async (where) => (fails ? Promise.reject(new Error('away')) : raw.get(where)) },
        { octohost: '1.0.0' },
      );
      await expect(store.get(key)).rejects.toThrow('away');
      fails = false;
      expect(await store.get(key)).toBe(undefined);
    });

    it('says which conditions did not hold, and not that it was asked for one of its own', async () => {
      const store = older();
      await store.transact([set(key)]);
      const result = await store.transact([{ ...set(key), expect: 'absent' }]);
      expect(result).toEqual({ done: false, conflicts: [key] });
    });
  });
}
