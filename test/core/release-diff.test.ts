import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDomain, parseSiteName } from '../../core/grammar.ts';
import { diffFacts, diffSettings } from '../../core/release-diff.ts';
import { makeRelease } from '../contracts/fixture.ts';
import { push, type TestEngine, testEngine } from '../helpers/world.ts';

const app = parseSiteName('app');
const image = (id: string) => ({ id, ports: [], volumes: [] });

describe('the facts of two releases', () => {
  it('are told where they differ, each option by itself', () => {
    const run = { ports: [], volumes: [], generation: 1 };
    const before = makeRelease(app, image('a'), { count: 1, run, route: { sticky: true } });
    const after = makeRelease(app, image('b'), {
      number: 2,
      count: 3,
      run: { ...run, memoryLimit: 1024 },
      domains: [parseDomain('a.org')],
    });
    expect(diffFacts(before, after)).toEqual([
      { name: 'image.id', before: 'a', after: 'b' },
      { name: 'count', before: 1, after: 3 },
      { name: 'domains', before: [], after: ['a.org'] },
      { name: 'route.sticky', before: true },
      { name: 'run.memoryLimit', after: 1024 },
    ]);
  });

  it('are none where only number, time and who made it differ', () => {
    const before = makeRelease(app, image('a'));
    expect(diffFacts(before, { ...before, number: 2, actor: 'you', createdAt: 'later', back: 1 })).toEqual(
      [],
    );
  });
});

it('settings are told by name', () => {
  expect(diffSettings({ A: '1', B: '2', C: '3' }, { B: '2', C: 'x', D: '4' })).toEqual({
    added: ['D'],
    removed: ['A'],
    changed: ['C'],
  });
});

describe('a diff', () => {
  let world: TestEngine;
  beforeEach(async () => {
    world = testEngine({ releases: { keep: 1 } });
    await world.engine.deploy([push(app)], world.operation());
    const settings = { API_TOKEN: 'hush-hush', CONTAINERS: '2' };
    await world.engine.change(app, { reason: 'configuration', settings }, world.operation());
  });
  afterEach(() => world.dispose());

  it('never has the value of a setting', async () => {
    const diff = await world.engine.diff(app, 1, 2);
    expect(diff).toMatchObject({
      site: app,
      from: 1,
      to: 2,
      facts: [{ name: 'count', before: 1, after: 2 }],
      settings: { added: ['API_TOKEN', 'CONTAINERS'], removed: [], changed: [] },
    });
    expect(JSON.stringify(diff)).not.toContain('hush-hush');
  });

  it('with a release whose configuration was freed still has the facts', async () => {
    await world.engine.deploy([push(app, { a: '2' })], world.operation());
    await world.engine.finishRetiring([app], world.operation());
    const diff = await world.engine.diff(app, 1, 3);
    expect(diff.settings).toBeUndefined();
    expect(diff.facts.map(({ name }) => name)).toContain('image.id');
  });

  it.each([
    { what: 'a release that is not there', site: app, code: 'E_RELEASE_UNKNOWN' },
    { what: 'an unknown site', site: parseSiteName('nothing'), code: 'E_SITE_UNKNOWN' },
  ])('of $what is refused', async ({ site, code }) => {
    await expect(world.engine.diff(site, 1, 9)).rejects.toMatchObject({ code });
  });
});
