/** Settings that are too many for one transaction: all of them count at once, or none does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { settingOperations, withJournal } from '../../core/many-settings.ts';
import { quickClock } from '../helpers/clock.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const many = (value: string, count = 100) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`KEY_${index}`, value]));
let world: TestEngine;
beforeEach(async () => {
  world = testEngine({ clock: quickClock() });
  await world.engine.deploy([push(app)], world.operation());
});
afterEach(() => world.dispose());

const stored = () =>
  Object.entries(world.roles.store.dump()).filter(([key]) => key.startsWith('octohost/app/KEY_'));
const journal = () => world.roles.store.dump()['octohost-state/settings/app'];
type Gate = PromiseWithResolvers<void>;
/** How many different values the keys have: one where nothing is mixed. */
const valuesOf = (settings: object) =>
  new Set(Object.entries(settings).flatMap(([key, value]) => (key.startsWith('KEY_') ? [value] : [])));
const largest = () =>
  Math.max(
    ...world.roles.store.calls
      .filter(({ method }) => method === 'transact')
      .map(({ arguments: [operations] }) => (operations as unknown[]).length),
  );
/** The process is killed before the so-manyeth transaction after the journal. */
function killAfterJournal(transactions: number): () => void {
  let since = -1;
  return world.roles.store.faults.on('transact', (operations) => {
    if (operations.some(({ kind, key }) => kind === 'set' && key === 'octohost-state/settings/app'))
      since = 0;
    else if (since >= 0 && since++ >= transactions) throw new Error('killed');
  });
}

describe('settings without a deploy', () => {
  it('are all stored, each under its own key, and no transaction is larger than every store takes', async () => {
    await world.engine.setSettings(app, many('one'));
    expect(stored()).toHaveLength(100);
    expect(journal()).toBe('{}');
    await world.engine.setSettings(app, Object.fromEntries(Object.keys(many('')).map((key) => [key, null])));
    expect(stored()).toEqual([]);
    expect(largest()).toBeLessThanOrEqual(60);
  });

  it.each([0, 1])(
    'count whole after a kill, and are finished by whoever writes next: %i parts were written',
    async (parts) => {
      await world.engine.setSettings(app, many('one'));
      const revive = killAfterJournal(parts);
      await expect(world.engine.setSettings(app, many('two'))).rejects.toThrow('killed');
      revive();
      expect(valuesOf(await world.engine.settings(app))).toEqual(new Set(['two']));
      expect(new Set(stored().map(([, value]) => value)).size).toBe(parts + 1);
      await world.engine.setSettings(app, many('three', 1));
      expect(Object.fromEntries(stored())['octohost/app/KEY_0']).toBe('three');
      expect(Object.fromEntries(stored())['octohost/app/KEY_99']).toBe('two');
    },
  );

  it('are finished by converge too', async () => {
    const revive = killAfterJournal(1);
    await expect(world.engine.setSettings(app, many('one'))).rejects.toThrow('killed');
    revive();
    await world.engine.converge([app], world.operation());
    expect(stored()).toHaveLength(100);
  });

  it('are seen together by whoever reads meanwhile', async () => {
    await world.engine.setSettings(app, many('one'));
    const seen: unknown[] = [];
    const reading = world.another();
    const over = new AbortController();
    const readers = (async () => {
      while (!over.signal.aborted) seen.push(valuesOf(await reading.engine.settings(app)).size);
    })();
    for (const value of ['two', 'three', 'four']) await world.engine.setSettings(app, many(value));
    over.abort();
    await readers;
    expect(new Set(seen)).toEqual(new Set([1]));
  });
});

it('settings that were finished while somebody read half of them are read again', async () => {
  await world.engine.setSettings(app, many('one'));
  const [half, read, whole] = [1, 2, 3].map(() => Promise.withResolvers<void>()) as [Gate, Gate, Gate];
  const { faults } = world.roles.store;
  // Set only now: who writes looks at the settings too.
  faults.once('list', async () => {
    await half.promise;
    const looking = faults.after('list', async () => {
      looking();
      read.resolve();
      await whole.promise;
    });
  });
  const reading = world.engine.settings(app);
  let parts = 0;
  const writing = faults.on('transact', async (operations) => {
    if (!operations.some(({ key }) => key.startsWith('octohost/app/KEY_')) || parts++ !== 1) return;
    half.resolve();
    await read.promise;
  });
  await world.engine.setSettings(app, many('two'));
  writing();
  whole.resolve();
  expect(valuesOf(await reading)).toEqual(new Set(['two']));
});

describe('settings with a deploy', () => {
  const change = (value: string) =>
    world.engine.change(app, { reason: 'configuration', settings: many(value) }, world.operation());

  it('are in the release, and none counts where it fails', async () => {
    await change('one');
    expect(stored()).toHaveLength(100);
    expect((await world.engine.status(app)).changed).toBe(false);
    world.roles.router.faults.once('apply', new Error('no'));
    await expect(change('two')).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    expect(valuesOf(await world.engine.settings(app))).toEqual(new Set(['one']));
    expect(journal()).toBe('{}');
    expect(largest()).toBeLessThanOrEqual(60);
  });

  it('count where the process is killed right after the pointer', async () => {
    const revive = killAfterJournal(0);
    await change('one').catch(() => {});
    revive();
    expect(valuesOf(await world.engine.settings(app))).toEqual(new Set(['one']));
    expect((await world.engine.status(app)).changed).toBe(false);
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(
      Object.keys(world.roles.store.dump()).filter(
        (key) => key.includes('/app') && !/leases|ports/.test(key),
      ),
    ).toEqual([]);
  });
});

it('a few are written each under its own key at once', () => {
  expect(settingOperations(app, { A: '1', B: null }, 'absent')).toEqual([
    { kind: 'set', key: 'octohost/app/A', value: '1' },
    { kind: 'delete', key: 'octohost/app/B' },
  ]);
  expect(settingOperations(app, many('x', 31), 7)).toMatchObject([
    { key: 'octohost-state/settings/app', expect: 7 },
  ]);
  expect(withJournal({ A: '1', B: '2' }, { A: null, C: '3' })).toEqual({ B: '2', C: '3' });
});
