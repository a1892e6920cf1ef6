/** Back to an earlier release: its image, configuration, domains and count, and nothing is built. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDomain, parseSiteName } from '../../core/grammar.ts';
import type { Change } from '../../core/plan.ts';
import type { ReleaseStatus } from '../../core/releases.ts';
import { lastHealthy } from '../../core/rollback.ts';
import { makeRelease } from '../contracts/fixture.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

const deploy = (content: string) => world.engine.deploy([push(app, { content })], world.operation());
const change = (wanted: Change) => world.engine.change(app, wanted, world.operation());
const rollback = (number?: number) => world.engine.rollback(app, number, world.operation());
const builds = () => world.roles.builder.calls.filter(({ method }) => method === 'build').length;
const answer = async () => (await world.roles.router.request('app.example.com')).body;

describe('a rollback', () => {
  it('is a new release with the content of the one before, without a build', async () => {
    await deploy('1');
    await deploy('2');
    const { release } = await rollback();
    expect(release).toMatchObject({ number: 3, reason: 'rollback', back: 1 });
    const [first] = await world.engine.releases(app);
    expect(release).toMatchObject({
      image: first?.image,
      tree: first?.tree,
      run: first?.run,
      spec: first?.spec,
    });
    expect(builds()).toBe(2);
    expect(await answer()).toContain('release 3');
  });

  it('brings back settings, those that were removed since and those that came since', async () => {
    await world.engine.setSettings(app, { COLOUR: 'blue', OLD: 'yes', CONTAINERS: '2' } as never);
    await deploy('1');
    await change({
      reason: 'configuration',
      settings: { COLOUR: 'red', OLD: null, NEW: 'yes', CONTAINERS: '1' },
    });
    const { release } = await rollback(1);
    expect(release.count).toBe(2);
    expect(await world.engine.settings(app)).toEqual({
      COLOUR: 'blue',
      OLD: 'yes',
      CONTAINERS: '2',
      DOMAINS: 'app.example.com',
    });
    expect((await world.engine.status(app)).changed).toBe(false);
    await deploy('2');
    expect((await world.engine.current(app))?.count).toBe(2);
  });

  it('brings back the domains that were asked for', async () => {
    await deploy('1');
    await change({ reason: 'domains', domains: [parseDomain('shop.example.org')] });
    await change({ reason: 'domains', domains: [] });
    await rollback(2);
    expect(world.roles.router.upstreamsOf('shop.example.org')).toHaveLength(1);
    await rollback(1);
    expect(world.roles.router.upstreamsOf('shop.example.org')).toBeUndefined();
  });

  it('after a rollback goes one further back, and a number goes anywhere', async () => {
    for (const content of ['1', '2', '3']) await deploy(content);
    expect((await rollback()).release).toMatchObject({ number: 4, back: 2 });
    expect((await rollback()).release).toMatchObject({ number: 5, back: 1 });
    await expect(rollback()).rejects.toMatchObject({ code: 'E_RELEASE_UNKNOWN' });
    expect((await rollback(3)).release).toMatchObject({ number: 6, back: 3 });
  });

  it('passes over a release that turned out unstable, unless it is named', async () => {
    for (const content of ['1', '2']) await deploy(content);
    const [shaky] = (await world.roles.runtime.list(app)).filter(({ release }) => release === 2);
    if (shaky) await world.roles.runtime.crash(shaky);
    await deploy('3');
    expect(await world.engine.releases(app)).toMatchObject([
      { unstable: false },
      { unstable: true },
      { unstable: false },
    ]);
    expect((await rollback()).release).toMatchObject({ number: 4, back: 1 });
    expect((await rollback(2)).release).toMatchObject({ number: 5, back: 2 });
  });

  it('passes over releases whose image is gone', async () => {
    for (const content of ['1', '2', '3']) await deploy(content);
    const second = (await world.engine.releases(app))[1];
    if (second) await world.roles.builder.discard(second.image);
    expect((await rollback()).release).toMatchObject({ back: 1 });
  });

  it('keeps the branch that the site is deployed from', async () => {
    const origin = { repository: app, ref: 'refs/heads/main' } as never;
    await deploy('1');
    await world.engine.deploy([{ ...push(app, { content: '2' }), origin }], world.operation());
    expect((await rollback()).release.origin).toEqual(origin);
  });

  it('whose old version no longer works leaves the new one serving', async () => {
    await deploy('1');
    await deploy('2');
    world.roles.runtime.behave({ kind: 'exits', code: 1 });
    await expect(rollback()).rejects.toMatchObject({ code: 'E_CHECK_DEAD' });
    expect((await world.engine.current(app))?.number).toBe(2);
    expect([...world.roles.builder.images.keys()]).toHaveLength(2);
  });

  it.each([
    { what: 'a release that is not there', number: 7, code: 'E_RELEASE_UNKNOWN' },
    { what: 'a release before the first', number: undefined, code: 'E_RELEASE_UNKNOWN' },
  ])('to $what is refused', async ({ number, code }) => {
    await deploy('1');
    await expect(rollback(number)).rejects.toMatchObject({ code });
  });

  it('to an image that is gone is refused before anything is started, and names those that are there', async () => {
    await deploy('1');
    await deploy('2');
    const [first] = await world.engine.releases(app);
    if (first) await world.roles.builder.discard(first.image);
    const starts = world.roles.runtime.calls.filter(({ method }) => method === 'start').length;
    await expect(rollback(1)).rejects.toMatchObject({
      code: 'E_IMAGE_GONE',
      hint: expect.stringContaining('can go to 2;'),
    });
    await expect(rollback()).rejects.toMatchObject({ code: 'E_RELEASE_UNKNOWN' });
    expect(world.roles.runtime.calls.filter(({ method }) => method === 'start')).toHaveLength(starts);
  });

  it('of a site that was never released is refused', async () => {
    await expect(rollback()).rejects.toMatchObject({ code: 'E_SITE_NEVER_RELEASED' });
  });
});

describe('the last healthy release', () => {
  const release = (number: number, more: Partial<ReleaseStatus> = {}): ReleaseStatus => ({
    ...makeRelease(app, { id: 'x', ports: [], volumes: [] }, { number }),
    current: false,
    unpublished: false,
    unstable: false,
    gone: false,
    ...more,
  });

  it.each([
    { what: 'is the one before', releases: [release(1), release(2), release(3, { current: true })], is: 2 },
    {
      what: 'is one before what a rollback brought back',
      releases: [release(1), release(2), release(3), release(4, { back: 2, current: true })],
      is: 1,
    },
    {
      what: 'is none that is unstable or gone, nor made by a rollback',
      releases: [
        release(1),
        release(2, { gone: true }),
        release(3, { unstable: true }),
        release(4, { back: 1 }),
        release(5, { current: true }),
      ],
      is: 1,
    },
    { what: 'is none before the first', releases: [release(1, { current: true })], is: undefined },
  ])('$what', ({ releases, is }) => {
    expect(lastHealthy(releases)?.number).toBe(is);
  });
});
