/** Deploys on record, and cancelled ones. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptDeploys } from '../../core/deploys.ts';
import { errors } from '../../core/error-catalogue.ts';
import { parseSiteName } from '../../core/grammar.ts';
import { keys } from '../../core/keys.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const deploy = (content: string) => world.engine.deploy([push(app, { content })], world.operation());
const phases = async () => (await world.engine.deploys(app)).map(({ phase }) => phase);
const lastDeploy = async () => (await world.engine.deploys(app)).at(-1)?.deploy ?? '';

describe('a deploy', () => {
  it('is told by its id as soon as it begins, and is on record with how it ended', async () => {
    const told: string[] = [];
    const { reporter } = world.operation();
    await world.engine.deploy(
      [push(app)],
      world.operation({ reporter: { ...reporter, deploy: (site, id) => void told.push(`${site} ${id}`) } }),
    );
    const [record] = await world.engine.deploys(app);
    expect(record).toMatchObject({ site: app, reason: 'deploy', actor: 'me', phase: 'current' });
    expect(told).toEqual([`app ${record?.deploy}`]);
    expect((await world.engine.current(app))?.deploy).toBe(record?.deploy);
  });

  it('that fails is on record as failed', async () => {
    world.roles.builder.faults.once('build', new Error('no'));
    await expect(deploy('1')).rejects.toThrow('no');
    expect(await phases()).toEqual(['failed']);
  });

  it('whose routes cannot be applied is on record as failed', async () => {
    world.roles.router.faults.once('apply', new Error('no'));
    await expect(deploy('1')).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    expect(await phases()).toEqual(['failed']);
  });

  it('that was killed is called failed by the next one, and by converge', async () => {
    const dead = async () => {
      const id = `0${(await world.engine.deploys(app)).length}`;
      const record = { site: app, deploy: id, reason: 'deploy', actor: 'me', since: '', phase: 'running' };
      await world.roles.store.transact([
        {
          kind: 'set',
          key: keys.deploy(app, id),
          value: JSON.stringify({ ...record, pid: 1, host: 'test' }),
        },
      ]);
    };
    await dead();
    await deploy('1');
    expect(await phases()).toEqual(['failed', 'current']);
    await dead();
    await world.engine.converge([app], world.operation());
    expect((await phases()).toSorted()).toEqual(['current', 'failed', 'failed']);
  });

  it('that was killed as the first of its site is called failed by a converge of all', async () => {
    const record = { site: app, deploy: '01', reason: 'deploy', actor: 'me', since: '', phase: 'running' };
    const value = JSON.stringify({ ...record, pid: 1, host: 'test' });
    await world.roles.store.transact([{ kind: 'set', key: keys.deploy(app, '01'), value }]);
    await world.engine.converge(undefined, world.operation());
    expect(await phases()).toEqual(['failed']);
  });

  it('is forgotten when enough others have followed', async () => {
    await deploy('1');
    const first = await lastDeploy();
    for (let count = 0; count < keptDeploys; count++)
      await world.engine.change(app, { reason: 'domains', domains: [] }, world.operation());
    expect(await phases()).toHaveLength(keptDeploys);
    await expect(world.engine.deployOf(first)).rejects.toMatchObject({ code: 'E_DEPLOY_UNKNOWN' });
  });

  it('of a name that was mistyped is not on record', async () => {
    const change = world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
    await expect(change).rejects.toMatchObject({ code: 'E_SITE_UNKNOWN' });
    await world.engine.setSettings(app, { COLOUR: 'blue' } as never);
    await expect(world.engine.stop(app, world.operation())).rejects.toMatchObject({
      code: 'E_SITE_NEVER_RELEASED',
    });
    expect(await phases()).toEqual([]);
  });

  it('that is interrupted says why, where who interrupted it did', async () => {
    const why = errors.E_LOCKED({ what: 'Something', holder: 'somebody', seconds: 1 });
    for (const reason of [undefined, why]) {
      const stop = new AbortController();
      world.roles.builder.faults.once('build', () => {
        stop.abort(reason);
        throw new Error('the connection broke');
      });
      const deployed = world.engine.deploy([push(app)], world.operation({ signal: stop.signal }));
      await expect(deployed).rejects.toMatchObject({ code: reason ? 'E_LOCKED' : 'E_ABORTED' });
    }
  });

  it('is forgotten with its site', async () => {
    await deploy('1');
    await world.engine.remove(app, { volumes: false }, world.operation());
    expect(await world.engine.deploys()).toEqual([]);
  });
});

describe('a cancelled deploy', () => {
  it('stops in the middle of its build, and takes away what it had begun', async () => {
    world.roles.builder.faults.once('build', async (_request: unknown, context: { signal: AbortSignal }) => {
      await world.engine.cancel(await lastDeploy(), 'key bob');
      await new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason));
      });
    });
    await expect(deploy('1')).rejects.toMatchObject({
      code: 'E_CANCELLED',
      message: expect.stringContaining('key bob'),
    });
    expect(await phases()).toEqual(['cancelled']);
    expect(world.recorder.lifecycle().slice(-2)).toEqual(['failed', 'settled']);
    expect([...world.roles.builder.images.keys()]).toEqual([]);
    expect(await world.engine.current(app)).toBeUndefined();
  });

  it('never becomes current, even if nobody heard of it before the pointer', async () => {
    world.roles.store.faults.on('watch', new Error('cannot be watched'));
    world.roles.router.faults.once('prepare', async () => {
      await world.engine.cancel(await lastDeploy(), 'me');
    });
    await expect(deploy('1')).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(await world.engine.current(app)).toBeUndefined();
    expect(await world.roles.runtime.list(app)).toEqual([]);
  });

  it('takes the other sites of its push with it', async () => {
    world.roles.builder.faults.once('build', async (_request: unknown, context: { signal: AbortSignal }) => {
      await world.engine.cancel(await lastDeploy(), 'me');
      await expect.poll(() => context.signal.aborted).toBe(true);
      context.signal.throwIfAborted();
    });
    const both = world.engine.deploy([push(app), push(other)], world.operation());
    await expect(both).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(await world.engine.sites()).toEqual([]);
  });

  it.each(['current', 'failed'])('cannot be one that is %s already', async (phase) => {
    if (phase === 'failed') world.roles.builder.faults.once('build', new Error('no'));
    await deploy('1').catch(() => {});
    await expect(world.engine.cancel(await lastDeploy(), 'me')).rejects.toMatchObject({
      code: 'E_DEPLOY_OVER',
    });
    expect(await phases()).toEqual([phase]);
  });
});
