/** Who holds what, and how a lease is taken away from its holder. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const since = '2026-01-01T00:00:00.000Z';
/** Somebody of another host holds a lease. @param heardMsAgo of its last heartbeat; undefined: none */
async function holds(name: string, heardMsAgo?: number): Promise<void> {
  const holder = { owner: 'x', pid: 77, host: 'elsewhere', since, purpose: `work on ${name}` };
  await world.roles.store.transact([
    { kind: 'set', key: `octohost-state/leases/${name}`, value: JSON.stringify({ number: 3, holder }) },
    ...(heardMsAgo === undefined
      ? []
      : [
          {
            kind: 'set' as const,
            key: `octohost-state/heartbeats/${name}`,
            value: String(Date.now() - heardMsAgo),
          },
        ]),
  ]);
}
const names = async () => (await world.engine.locks()).map(({ name }) => name);

describe('locks', () => {
  it('are none where nobody works', async () => {
    await world.engine.deploy([push(app)], world.operation());
    expect(await world.engine.locks()).toEqual([]);
  });

  it('show what a deploy holds while it builds, and by whom', async () => {
    let seen: unknown;
    world.roles.builder.faults.once('build', async () => {
      seen = await world.another().engine.locks();
    });
    await world.engine.deploy([push(app)], world.operation());
    const held = { pid: process.pid, host: 'test', condition: 'alive', since: expect.any(String) };
    expect(seen).toEqual([
      { name: 'builds/test/1', purpose: 'build of app', heardOf: expect.any(String), ...held },
      { name: 'site/app', purpose: 'deploy of app', heardOf: expect.any(String), ...held },
    ]);
  });

  it('show whose heartbeat has stopped', async () => {
    await holds('site/app', 60_000);
    await holds('site/other', 1000);
    await holds('keys');
    expect((await world.engine.locks()).map(({ name, condition }) => [name, condition])).toEqual([
      ['keys', 'silent'],
      ['site/app', 'silent'],
      ['site/other', 'alive'],
    ]);
  });
});

describe('unlock', () => {
  it('frees what a silent holder has, of a site its repository too, and nothing else', async () => {
    for (const name of ['site/app', 'door/app', 'site/app-x', 'keys']) await holds(name);
    expect(await world.engine.unlock('app', { force: false })).toMatchObject([
      { name: 'door/app' },
      { name: 'site/app' },
    ]);
    expect(await names()).toEqual(['keys', 'site/app-x']);
    expect(await world.engine.unlock('keys', { force: false })).toMatchObject([{ name: 'keys' }]);
  });

  it('means exactly the name, where there is a lease of it', async () => {
    await holds('keys');
    await holds('site/keys');
    await world.engine.unlock('keys', { force: false });
    expect(await names()).toEqual(['site/keys']);
  });

  it('refuses where a holder is alive, and frees nothing then', async () => {
    await holds('door/app');
    await holds('site/app', 0);
    await expect(world.engine.unlock('app', { force: false })).rejects.toMatchObject({
      code: 'E_LOCK_ALIVE',
      exit: 75,
      message: expect.stringContaining('work on site/app (process 77 on elsewhere'),
    });
    expect(await names()).toEqual(['door/app', 'site/app']);
  });

  it('says that nobody holds it', async () => {
    await expect(world.engine.unlock('app', { force: true })).rejects.toMatchObject({
      code: 'E_LOCK_UNKNOWN',
    });
  });

  it('by force lets the deploy that had it change nothing any more', async () => {
    await world.engine.deploy([push(app)], world.operation());
    world.roles.registrar.faults.once('register', async () => {
      await world.another().engine.unlock('site/app', { force: true });
    });
    await expect(world.engine.deploy([push(app, { content: '2' })], world.operation())).rejects.toMatchObject(
      { code: 'E_CONFLICT' },
    );
    expect((await world.engine.current(app))?.number).toBe(1);
    await world.engine.converge(undefined, world.operation());
    expect((await world.roles.runtime.list(app)).map(({ release }) => release)).toEqual([1]);
  });

  it('keeps the number of the lease growing', async () => {
    await holds('site/app');
    await world.engine.unlock('app', { force: false });
    await world.engine.deploy([push(app)], world.operation());
    const entry = await world.roles.store.get('octohost-state/leases/site/app');
    expect(JSON.parse(entry?.value ?? '')).toEqual({ number: 4, holder: null });
  });
});
