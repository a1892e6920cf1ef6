/** At most so many builds at once, whichever process makes them. */
import { afterEach, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const sites = ['a', 'b', 'c', 'd', 'e', 'f'].map(parseSiteName);
let world: TestEngine;
afterEach(() => world.dispose());

/** Builds go on until `end` is called for their site. */
function heldBuilds() {
  const running = new Map<string, () => void>();
  let most = 0;
  world.roles.builder.faults.on('build', async ({ site }: { site: string }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    running.set(site, resolve);
    most = Math.max(most, running.size);
    await promise;
    running.delete(site);
  });
  return { running, most: () => most };
}

const deployAll = (engines: readonly TestEngine[]) =>
  sites.map((site, index) => {
    const { engine } = engines[index % engines.length] as TestEngine;
    return engine.deploy([push(site, { site })], world.operation());
  });

it('as many as the host has processors, across processes; all become current', async () => {
  world = testEngine();
  const { running, most } = heldBuilds();
  const deploys = Promise.all(deployAll([world, world.another(), world.another()]));
  for (let ended = 0; ended < sites.length; ended++) {
    await expect.poll(() => running.size).toBe(Math.min(2, sites.length - ended));
    for (const end of [...running.values()].slice(0, 1)) end();
    await expect.poll(() => world.roles.builder.images.size).toBe(ended + 1);
  }
  expect((await deploys).flat().map(({ release }) => release.number)).toEqual(sites.map(() => 1));
  expect(most()).toBe(2);
  const { pid } = process;
  expect(world.told).toContainEqual(
    expect.stringMatching(
      RegExp(
        `says: waiting for a build to end: build of \\w \\(process ${pid} on test, since .*\\), build of`,
      ),
    ),
  );
  expect(await world.engine.locks()).toEqual([]);
});

it('as many as the configuration says', async () => {
  world = testEngine({ builds: { atOnce: 4 } });
  const { running, most } = heldBuilds();
  const deploys = deployAll([world]);
  await expect.poll(() => running.size).toBe(4);
  await expect.poll(() => world.told.filter((line) => line.includes('waiting for a build')).length).toBe(2);
  for (const end of running.values()) end();
  await expect.poll(() => running.size).toBe(2);
  for (const end of running.values()) end();
  await Promise.all(deploys);
  expect(most()).toBe(4);
});

it('the branches of one push as well', async () => {
  world = testEngine({ builds: { atOnce: 1 } });
  const { running, most } = heldBuilds();
  const deployed = world.engine.deploy(
    sites.slice(0, 2).map((site) => push(site)),
    world.operation(),
  );
  for (const built of [1, 2]) {
    await expect.poll(() => running.size).toBe(1);
    for (const end of running.values()) end();
    await expect.poll(() => world.roles.builder.images.size).toBe(built);
  }
  await deployed;
  expect(most()).toBe(1);
});

it('the tree that runs waits for nobody', async () => {
  world = testEngine({ builds: { atOnce: 1 } });
  const [first, second] = sites as [never, never];
  await world.engine.deploy([push(first)], world.operation());
  const { running } = heldBuilds();
  const building = world.engine.deploy([push(second)], world.operation());
  await expect.poll(() => running.size).toBe(1);
  const [same] = await world.engine.deploy([push(first)], world.operation());
  expect(same).toMatchObject({ release: { number: 2 } });
  for (const end of running.values()) end();
  await building;
});

it('who waits for a place can be cancelled and interrupted, and leaves nothing', async () => {
  world = testEngine({ builds: { atOnce: 1 } });
  const [first, second, third] = sites as [never, never, never];
  const { running } = heldBuilds();
  const building = world.engine.deploy([push(first)], world.operation());
  await expect.poll(() => running.size).toBe(1);
  const stop = new AbortController();
  const cancelled = world.engine.deploy([push(second)], world.operation());
  const interrupted = world.engine.deploy([push(third)], world.operation({ signal: stop.signal }));
  await expect.poll(() => world.told.filter((line) => line.includes('waiting for a build')).length).toBe(2);
  const [deploy] = await world.engine.deploys(second);
  await world.engine.cancel(deploy?.deploy ?? '', 'me');
  stop.abort();
  await expect(cancelled).rejects.toMatchObject({ code: 'E_CANCELLED' });
  await expect(interrupted).rejects.toMatchObject({ code: 'E_ABORTED' });
  for (const end of running.values()) end();
  await building;
  expect(await world.engine.locks()).toEqual([]);
});

it('the place of a build that was killed is free again', async () => {
  world = testEngine({ builds: { atOnce: 1 } });
  const holder = { owner: 'x', pid: 1, host: 'test', since: '2026-01-01T00:00:00Z', purpose: 'build of x' };
  const value = JSON.stringify({ number: 7, holder });
  await world.roles.store.transact([{ kind: 'set', key: 'octohost-state/leases/builds/test/1', value }]);
  await world.engine.deploy([push(sites[0] as never)], world.operation());
  expect(world.told.join()).not.toContain('waiting');
});
