/** Pushes of branches: the tree that runs already, another branch of the same site, a branch that is deleted. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseBranchRef, parseSiteName } from '../../core/grammar.ts';
import type { Origin } from '../../core/release.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
const main: Origin = { repository: app, ref: parseBranchRef('refs/heads/main') };
const master: Origin = { repository: app, ref: parseBranchRef('refs/heads/master') };
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const builds = () => world.roles.builder.calls.filter(({ method }) => method === 'build');
const instances = async () => (await world.roles.runtime.list(app)).map(({ id }) => id);
const stop = (...sites: (typeof app)[]) => world.engine.deploy([], world.operation(), sites);
const statusOf = async (site = app) => (await world.engine.status(site)).state;

describe('the tree that runs already', () => {
  it('is a new release at once: nothing is built, nothing is started', async () => {
    await world.engine.deploy([push(app)], world.operation());
    const before = await instances();
    world.recorder.clear();
    const [outcome] = await world.engine.deploy([{ ...push(app), message: 'again' }], world.operation());
    expect(outcome?.release).toMatchObject({ number: 2, message: 'again' });
    expect(builds()).toHaveLength(1);
    expect(await instances()).toEqual(before);
    expect(world.recorder.lifecycle()).toEqual(['received', 'routed', 'settled']);
  });

  it('is built all the same where its image is gone, or the pusher wants it', async () => {
    await world.engine.deploy([push(app)], world.operation());
    await world.engine.deploy([{ ...push(app), force: true }], world.operation());
    expect(builds().map(({ arguments: [request] }) => (request as { noCache: boolean }).noCache)).toEqual([
      false,
      true,
    ]);
    for (const { image } of await world.engine.releases(app)) await world.roles.builder.discard(image);
    await world.engine.deploy([push(app)], world.operation());
    expect(builds()).toHaveLength(3);
  });

  it('keeps its image when the push fails', async () => {
    await world.engine.deploy([push(app)], world.operation());
    const images = [...world.roles.builder.images.keys()];
    world.roles.router.faults.once('apply', new Error('no'));
    await expect(world.engine.deploy([push(app)], world.operation())).rejects.toThrow();
    expect([...world.roles.builder.images.keys()]).toEqual(images);
  });
});

describe('a site', () => {
  it('remembers its branch over changes and deploys without git', async () => {
    await world.engine.deploy([{ ...push(app), origin: main }], world.operation());
    await world.engine.change(app, { reason: 'reload', reload: true }, world.operation());
    await world.engine.deploy([push(app, { a: '2' })], world.operation());
    expect((await world.engine.releases(app)).map(({ origin }) => origin)).toEqual([main, main, main]);
  });

  it('is not taken over before any work, unless its branch gives it up, which is said', async () => {
    const lines: string[] = [];
    const { reporter } = world.operation();
    const operation = world.operation({
      reporter: { ...reporter, output: (_, line) => void lines.push(line) },
    });
    await world.engine.deploy([{ ...push(app), origin: main }], operation);
    const from = { ...push(app, { a: '2' }), origin: master };
    await expect(world.engine.deploy([from], operation)).rejects.toMatchObject({ code: 'E_SITE_ORIGIN' });
    expect(builds()).toHaveLength(1);
    await world.engine.deploy([{ ...from, takesFrom: main }], operation);
    expect((await world.engine.current(app))?.origin).toEqual(master);
    expect(lines).toContain(
      'app was deployed from branch main of app; from now on it is from branch master of app',
    );
  });
});

describe('a push that takes a site away', () => {
  it('unroutes it and marks its instances; configuration and releases stay', async () => {
    await world.engine.setSettings(app, { COLOUR: 'blue' } as never);
    await world.engine.deploy([push(app)], world.operation());
    expect(await stop(app)).toEqual([]);
    expect(world.roles.router.upstreamsOf('app.example.com')).toEqual([]);
    await world.engine.finishRetiring([app], world.operation());
    expect(await instances()).toEqual([]);
    expect(await statusOf()).toBe('stopped');
    expect(await world.engine.settings(app)).toMatchObject({ COLOUR: 'blue' });
    expect(await world.engine.releases(app)).toHaveLength(1);
  });

  it('is one transaction with what it brings', async () => {
    await world.engine.deploy([push(app), push(other)], world.operation());
    world.roles.builder.faults.once('build', new Error('no'));
    const both = () => world.engine.deploy([push(other, { a: '2' })], world.operation(), [app]);
    await expect(both()).rejects.toThrow('no');
    expect(await statusOf()).toBe('up');
    await both();
    expect(await statusOf()).toBe('stopped');
    expect((await world.engine.current(other))?.number).toBe(2);
  });

  it('leaves it as it was where the routes cannot be applied', async () => {
    await world.engine.deploy([push(app)], world.operation());
    world.roles.router.faults.once('apply', new Error('no'));
    await expect(stop(app)).rejects.toMatchObject({ code: 'E_ROUTE_REVERTED' });
    expect(await statusOf()).toBe('up');
    expect(world.roles.router.upstreamsOf('app.example.com')).toHaveLength(1);
    expect(await instances()).toHaveLength(1);
  });

  it('brings it back without a build when the branch is pushed again', async () => {
    await world.engine.deploy([push(app)], world.operation());
    await stop(app);
    await world.engine.finishRetiring([app], world.operation());
    await world.engine.deploy([push(app)], world.operation());
    expect(builds()).toHaveLength(1);
    expect(await statusOf()).toBe('up');
  });
});

describe('the transaction of the pointers', () => {
  const sites = Array.from({ length: 8 }, (_, index) => parseSiteName(`app-${index + 1}`));
  const store = () => world.roles.store;
  /** How many keys each transaction had that moved pointers, the last one last. */
  const sizes = () =>
    store()
      .calls.filter(({ method }) => method === 'transact')
      .map(({ arguments: [operations] }) => operations as readonly { readonly key: string }[])
      .filter((operations) => operations.some(({ key }) => key.startsWith('octohost-state/sites/')))
      .map(({ length }) => length);

  it('of seven new sites, and of eight that run, is one that every store takes', async () => {
    await world.engine.deploy(
      sites.slice(0, 7).map((site) => push(site)),
      world.operation(),
    );
    await world.engine.deploy(
      sites.slice(7).map((site) => push(site)),
      world.operation(),
    );
    await world.engine.deploy(
      sites.map((site) => push(site, { a: '2' })),
      world.operation(),
    );
    expect(sizes()).toHaveLength(3);
    for (const size of sizes()) expect(size).toBeLessThanOrEqual(60);
  });

  it('does not hold what a release is made of; where that cannot be written, no pointer moves', async () => {
    await world.engine.deploy([push(app)], world.operation());
    const refuse = store().faults.on('transact', (operations) => {
      if (operations.some(({ key }) => key.startsWith('octohost-state/contents/')))
        throw new Error('no room');
    });
    await expect(world.engine.deploy([push(app, { a: '2' })], world.operation())).rejects.toThrow('no room');
    refuse();
    expect((await world.engine.current(app))?.number).toBe(1);
    expect(await instances()).toHaveLength(1);
    expect(sizes()).toHaveLength(1);
  });
});
