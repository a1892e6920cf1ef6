import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccessKey } from '../../core/access.ts';
import { parseKeyName, parseSitePattern } from '../../core/grammar.ts';
import { type TestEngine, testEngine } from '../helpers/world.ts';

const key = (name: string, base64: string, more: Partial<AccessKey> = {}): AccessKey => ({
  name: parseKeyName(name),
  type: 'ssh-ed25519',
  base64,
  comment: '',
  fingerprint: `SHA256:${base64}`,
  right: 'deploy',
  sites: [parseSitePattern('*')],
  addedAt: '2026-03-01T12:00:00.000Z',
  addedBy: 'me',
  ...more,
});

describe('the keys of an installation', () => {
  let world: TestEngine;
  beforeEach(() => {
    world = testEngine();
  });
  afterEach(() => world.dispose());
  const names = async () => (await world.engine.keys()).map(({ name }) => name);

  it('are found by name, listed by name, and gone when they are removed', async () => {
    const [alice, bob] = [key('bob', 'BBBB'), key('alice', 'AAAA')];
    await world.engine.addKey(alice);
    await world.engine.addKey(bob);
    expect(await names()).toEqual(['alice', 'bob']);
    expect(await world.another().engine.key(bob.name)).toEqual(bob);
    await world.engine.removeKey(bob.name);
    expect(await world.engine.key(bob.name)).toBeUndefined();
    await expect(world.engine.removeKey(bob.name)).rejects.toMatchObject({ code: 'E_KEY_UNKNOWN' });
  });

  it('of an authority stand under several names, and beside no key that comes in itself', async () => {
    const authority = { authority: true } as const;
    await world.engine.addKey(key('team', 'CCCC', authority));
    await world.engine.addKey(key('ops', 'CCCC', { ...authority, right: 'admin' }));
    expect(await names()).toEqual(['ops', 'team']);
    const twice = { code: 'E_KEY_TWICE' };
    await expect(world.engine.addKey(key('ca', 'CCCC'))).rejects.toMatchObject(twice);
    await expect(world.engine.addKey(key('team', 'CCCC'))).rejects.toMatchObject({ code: 'E_KEY_TAKEN' });
    await world.engine.addKey(key('alice', 'AAAA'));
    await expect(world.engine.addKey(key('bob', 'AAAA', authority))).rejects.toMatchObject(twice);
  });

  it('get other rights when they are added again', async () => {
    await world.engine.addKey(key('alice', 'AAAA', { right: 'admin' }));
    const less = key('alice', 'AAAA', { right: 'read', sites: [parseSitePattern('app')], addedBy: 'you' });
    await world.engine.addKey(less);
    expect(await world.engine.keys()).toEqual([less]);
  });

  it.each([
    { what: 'a name of another key', again: key('alice', 'BBBB'), code: 'E_KEY_TAKEN' },
    { what: 'a key of another name', again: key('bob', 'AAAA'), code: 'E_KEY_TWICE' },
  ])('are refused with $what', async ({ again, code }) => {
    await world.engine.addKey(key('alice', 'AAAA'));
    await expect(world.engine.addKey(again)).rejects.toMatchObject({ code });
    expect(await world.engine.keys()).toEqual([key('alice', 'AAAA')]);
  });

  it('added by many at once are all there, and one key never under two names', async () => {
    const engines = Array.from({ length: 8 }, () => world.another().engine);
    await Promise.all(engines.map((engine, index) => engine.addKey(key(`k${index}`, `AAA${index}`))));
    expect(await names()).toHaveLength(8);
    const twins = await Promise.allSettled(
      engines.map((engine, index) => engine.addKey(key(`twin${index}`, 'BBBB'))),
    );
    expect(twins.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await names()).toHaveLength(9);
  });

  it('that somebody wrote badly into the store are not let in, stop no other, and can be removed', async () => {
    await world.engine.addKey(key('alice', 'AAAA'));
    const bad = { ...key('mallory', 'BBBB'), base64: 'BBBB\nssh-ed25519 AAAA' };
    const store = world.roles.store.reopen();
    await store.transact([{ kind: 'set', key: 'octohost-state/keys/mallory', value: JSON.stringify(bad) }]);
    expect(await names()).toEqual(['alice']);
    await expect(world.engine.key(bad.name)).rejects.toMatchObject({ code: 'E_STATE' });
    await world.engine.removeKey(bad.name);
    expect(await world.engine.key(bad.name)).toBeUndefined();
  });

  it('are worked on by one at a time', async () => {
    const told: string[] = [];
    const work = (name: string) => async () => {
      told.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      told.push(`${name} ends`);
    };
    await Promise.all([
      world.engine.lockKeys(world.operation(), work('a')),
      world.another().engine.lockKeys(world.operation(), work('b')),
    ]);
    const first = told[0]?.[0];
    expect(told.map((line) => line.startsWith(first ?? '?'))).toEqual([true, true, false, false]);
  });
});
