/** A disk does not fill: what no release within reach needs goes, and nothing else. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryBuilder } from '../testing/memory-builder.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
let world: TestEngine;
beforeEach(() => {
  world = testEngine({ releases: { keep: 2 } });
});
afterEach(() => world.dispose());

const deploy = (content: string, site = app) =>
  world.engine.deploy([push(site, { content })], world.operation());
const converge = () => world.engine.converge(undefined, world.operation());
const images = () => world.roles.builder.images.size;
const imageOf = async (number: number) => (await world.engine.releases(app))[number - 1]?.image.tag;
const gone = async () =>
  (await world.engine.releases(app)).filter((one) => one.gone).map(({ number }) => number);
const contents = async () => (await world.roles.store.list('octohost-state/contents/app/')).length;

async function deployThree() {
  await world.engine.setSettings(app, { TOKEN: 'one' } as never);
  await deploy('1');
  await world.engine.setSettings(app, { TOKEN: 'two' } as never);
  for (const content of ['2', '3']) await deploy(content);
}

describe('images out of reach', () => {
  it('go with the old instances, after each deploy', async () => {
    await deployThree();
    expect(images()).toBe(3);
    await world.engine.finishRetiring([app], world.operation());
    expect(images()).toBe(2);
    expect(await gone()).toEqual([1]);
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('go by converge where that was killed, which says so', async () => {
    await deployThree();
    const first = await imageOf(1);
    const { actions } = await converge();
    expect(actions.map(({ did }) => did)).toEqual(
      expect.arrayContaining([`freed the image ${first}`, 'freed 2 records of old releases']),
    );
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('stay as long as an instance runs of them', async () => {
    for (const content of ['1', '2']) await deploy(content);
    const held = world.roles.router.hold();
    await deploy('3');
    const ending = world.engine.finishRetiring([app], world.operation());
    await expect.poll(() => world.roles.router.calls.some(({ method }) => method === 'drained')).toBe(true);
    expect(await world.engine.clean([app], world.operation())).toEqual([]);
    expect(images()).toBe(3);
    held();
    await ending;
    expect(images()).toBe(2);
  });

  it('leave other sites and the current release alone, however old that is', async () => {
    await deploy('x', other);
    await deployThree();
    await world.engine.rollback(app, 1, world.operation());
    for (const count of ['2', '1', '2'])
      await world.engine.change(app, { reason: 'scale', settings: { CONTAINERS: count } }, world.operation());
    await world.engine.finishRetiring([app, other], world.operation());
    const kept = [await imageOf(1), (await world.engine.current(other))?.image.tag];
    expect(new Set(world.roles.builder.images.keys())).toEqual(new Set(kept));
    expect(await gone()).toEqual([2, 3]);
    expect((await world.engine.rollback(app, 1, world.operation())).release.number).toBe(8);
  });

  it('of a site that was stopped stay: it can be started again', async () => {
    await deployThree();
    await world.engine.stop(app, world.operation());
    await world.engine.clean(undefined, world.operation());
    await world.engine.change(app, { reason: 'start' }, world.operation());
    expect(await world.engine.status(app)).toMatchObject({ state: 'up' });
  });
});

describe('an image whose deploy was killed', () => {
  const kill = async (site = app) => {
    const { source } = push(site, { content: 'killed' });
    const request = { site, deploy: 'killed1', source, arguments: {}, noCache: false };
    const context = { signal: new AbortController().signal, output: () => {}, warn: () => {} };
    return world.roles.builder.build(request, context);
  };

  it('goes by converge', async () => {
    await deploy('1');
    const image = await kill();
    const { actions } = await converge();
    expect(actions).toEqual([{ site: app, did: `freed the image ${image.tag}` }]);
    expect(await converge()).toEqual({ actions: [], problems: [] });
    expect((await world.engine.status(app)).state).toBe('up');
  });

  it('goes even where it was the first of its site', async () => {
    await kill(other);
    await converge();
    expect(images()).toBe(0);
  });

  it('stays while its deploy lives', async () => {
    await deploy('1');
    let plan: Promise<unknown> | undefined;
    world.roles.runtime.faults.once('start', async () => {
      plan = world.another().engine.clean([app], world.operation());
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    await deploy('2');
    expect(await plan).toEqual([]);
    expect(images()).toBe(2);
  });
});

describe('a release out of reach', () => {
  beforeEach(async () => {
    await deployThree();
    await world.engine.finishRetiring([app], world.operation());
  });

  it('stays as history, and cannot be gone back to: the error names those that can', async () => {
    expect(await world.engine.releases(app)).toMatchObject([
      { gone: true },
      { gone: false },
      { gone: false },
    ]);
    await expect(world.engine.rollback(app, 1, world.operation())).rejects.toMatchObject({
      code: 'E_IMAGE_GONE',
      hint: expect.stringContaining('2, 3'),
    });
    expect((await world.engine.current(app))?.number).toBe(3);
    expect((await world.engine.rollback(app, 2, world.operation())).release).toMatchObject({ back: 2 });
  });

  it('leaves no configuration, which may be secret', async () => {
    const stored = await world.roles.store.list('octohost-state/contents/app/');
    expect(stored.map(({ value }) => value).join()).not.toContain('one');
    expect(await contents()).toBe(2);
  });
});

describe('a plan to clean', () => {
  it('frees nothing, and the cleaning frees what it showed', async () => {
    await deployThree();
    // As after a kill: the old instances are gone, and nothing was freed.
    for (const instance of await world.roles.runtime.list(app))
      if (instance.release !== 3) await world.roles.runtime.vanish(instance);
    await world.roles.store.transact([{ kind: 'delete', key: 'octohost-state/retiring/app' }]);
    const plan = await world.engine.planClean(undefined);
    expect(plan).toMatchObject([{ site: app, images: [{ tag: await imageOf(1) }], releases: [1] }]);
    expect(images()).toBe(3);
    expect(await world.engine.clean([app], world.operation())).toEqual(plan);
    expect(images()).toBe(2);
    expect(await world.engine.planClean([app])).toEqual([]);
  });

  it('of an unknown site is refused', async () => {
    await expect(world.engine.planClean([other])).rejects.toMatchObject({ code: 'E_SITE_UNKNOWN' });
  });

  it('does not claim to have freed what the engine keeps', async () => {
    await world.dispose();
    // As an engine does with an image of which a container was made by hand.
    world = testEngine({ releases: { keep: 1 }, builder: { ...memoryBuilder(), discard: async () => {} } });
    for (const content of ['1', '2']) await deploy(content);
    await world.engine.finishRetiring([app], world.operation());
    expect(images()).toBe(2);
    expect(await world.engine.clean([app], world.operation())).toEqual([]);
  });
});
