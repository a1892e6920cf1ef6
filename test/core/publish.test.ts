/** The registry comes last: it has what serves, or everybody can see that it does not, and converge tries again. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { keys } from '../../core/keys.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';
import { memoryBuilder } from '../testing/memory-builder.ts';
import { memoryPublisher } from '../testing/memory-publisher.ts';

const app = parseSiteName('app');
let world: TestEngine;
beforeEach(() => {
  world = testEngine({ publisher: memoryPublisher() });
});
afterEach(() => world.dispose());

const deploy = (content = '1') => world.engine.deploy([push(app, { content })], world.operation());
const converge = () => world.engine.converge([app], world.operation());
const inRegistry = () => world.roles.publisher.published.get(app)?.split('@')[1];
const unpublished = async () => (await world.engine.status(app)).unpublished;
const isDown = () => world.roles.publisher.faults.on('publish', new Error('registry down'));
const imageOf = async (number: number) => (await world.engine.releases(app))[number - 1]?.image.id;

describe('a registry', () => {
  it('has what serves, after a deploy, a change and a rollback', async () => {
    await deploy('1');
    await deploy('2');
    expect(inRegistry()).toBe(await imageOf(2));
    await world.engine.rollback(app, undefined, world.operation());
    expect(inRegistry()).toBe(await imageOf(1));
    expect(await unpublished()).toBe(false);
  });

  it('that is down is a warning, a state of the release, and tried again by converge', async () => {
    const up = isDown();
    await deploy();
    expect(world.told).toContainEqual(
      expect.stringMatching(/app warn: current, not published.*registry down.*octo converge app tries again/),
    );
    expect(await world.engine.status(app)).toMatchObject({ state: 'up', unpublished: true });
    expect(await world.engine.releases(app)).toMatchObject([{ number: 1, current: true, unpublished: true }]);
    up();
    const reference = `registry.test/app@${await imageOf(1)}`;
    expect(await converge()).toEqual({
      actions: [{ site: app, did: `published ${reference}` }],
      problems: [],
    });
    expect(await unpublished()).toBe(false);
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('that is still down is a problem of converge, which does everything else', async () => {
    await deploy('1');
    isDown();
    await deploy('2');
    const { actions, problems } = await converge();
    expect(problems).toMatchObject([{ site: app, error: { message: 'registry down' } }]);
    expect(actions).toMatchObject([{ did: expect.stringMatching(/^stopped app-/) }]);
    expect(await world.roles.runtime.list(app)).toHaveLength(1);
  });

  it('that is down after a rollback gets the old image later', async () => {
    await deploy('1');
    await deploy('2');
    const up = isDown();
    await world.engine.rollback(app, undefined, world.operation());
    expect(inRegistry()).toBe(await imageOf(2));
    expect(await unpublished()).toBe(true);
    up();
    await converge();
    expect(inRegistry()).toBe(await imageOf(1));
  });

  it('that is configured later gets what runs already', async () => {
    const before = testEngine({ ...world.roles, publisher: false });
    await before.engine.deploy([push(app)], before.operation());
    expect((await before.engine.status(app)).unpublished).toBe(false);
    expect(await unpublished()).toBe(true);
    await converge();
    expect(inRegistry()).toBe(await imageOf(1));
  });

  it('gets nothing of a stopped site, which waits for nothing', async () => {
    isDown();
    await deploy();
    await world.engine.stop(app, world.operation());
    expect(await unpublished()).toBe(false);
    expect(await converge()).toEqual({ actions: [], problems: [] });
  });

  it('is not taken to have what a process that lost its lease pushed', async () => {
    await deploy('1');
    world.roles.publisher.faults.once('publish', async () => {
      // Somebody else takes the lease while the push goes on.
      await world.roles.store.transact([
        { kind: 'set', key: keys.lease(`site/${app}`), value: JSON.stringify({ number: 99, holder: null }) },
      ]);
    });
    await expect(world.engine.publish(app, world.operation())).rejects.toMatchObject({
      code: 'E_LEASE_LOST',
    });
    expect(await unpublished()).toBe(true);
  });
});

describe('a publication by hand', () => {
  it('says where the current release is, and tells the hook', async () => {
    const up = isDown();
    await deploy();
    up();
    const reference = `registry.test/app@${await imageOf(1)}`;
    expect(await world.engine.publish(app, world.operation())).toEqual({ release: 1, reference });
    expect(world.recorder.payloads('published')).toMatchObject([{ site: app, reference }]);
    expect(await unpublished()).toBe(false);
  });

  it('fails where the registry does', async () => {
    await deploy();
    isDown();
    await expect(world.engine.publish(app, world.operation())).rejects.toThrow('registry down');
    expect(await unpublished()).toBe(false);
  });

  it.each([
    { what: 'an unknown site', settings: {}, code: 'E_SITE_UNKNOWN' },
    { what: 'a site that was never released', settings: { KEY: 'x' }, code: 'E_SITE_NEVER_RELEASED' },
  ])('of $what is refused', async ({ settings, code }) => {
    await world.engine.setSettings(app, settings);
    await expect(world.engine.publish(app, world.operation())).rejects.toMatchObject({ code });
  });

  it.each([
    { what: 'publishes', call: () => world.engine.publish(app, world.operation()) },
    { what: 'pulls', call: () => world.engine.pull(app, undefined, world.operation()) },
  ])('without a publisher $what nothing and names the line to add', async ({ call }) => {
    await world.dispose();
    world = testEngine();
    await deploy();
    await expect(call()).rejects.toMatchObject({
      code: 'E_NO_PUBLISHER',
      message: expect.stringContaining('/nowhere/octohost.config.ts'),
      hint: expect.stringContaining("registryPublisher({ registry: 'registry.example.com' })"),
    });
  });
});

describe('an image that is pulled', () => {
  it('can be deployed where its site was unknown', async () => {
    await deploy();
    const elsewhere = testEngine({
      publisher: world.roles.publisher,
      builder: memoryBuilder({ accepts: ({ kind }) => kind === 'image' }),
    });
    elsewhere.roles.runtime.behave({ kind: 'exits', code: 0 });
    try {
      const reference = await elsewhere.engine.pull(app, undefined, elsewhere.operation());
      expect(reference).toBe(`registry.test/app@${await imageOf(1)}`);
      const source = { kind: 'image', reference } as const;
      const outcomes = await elsewhere.engine.deploy([{ site: app, source }], elsewhere.operation());
      expect(outcomes).toMatchObject([{ release: { number: 1 } }]);
    } finally {
      await elsewhere.dispose();
    }
  });
});
