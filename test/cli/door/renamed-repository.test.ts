/** The repository of a site that gets another name: real git, an engine in memory. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mendRepositories } from '../../../cli/door/mend.ts';
import { prepareRenamed, type Renaming, renamedRefs } from '../../../cli/door/renamed-repository.ts';
import { makeRepository, readRefs } from '../../../cli/door/repository.ts';
import { type Engine, parseBranchRef, parseSiteName, type Revision } from '../../../core/index.ts';
import { keys } from '../../../core/keys.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';
import { createScratch, type Scratch } from './scratch.ts';

const [app, shop] = [parseSiteName('app'), parseSiteName('shop')];
const main = parseBranchRef('refs/heads/main');
const next = parseBranchRef('refs/heads/next');
const now = { repository: shop, ref: main };
const renaming: Renaming = { from: app, to: shop, origin: { repository: app, ref: main } };
let scratch: Scratch;
let world: TestEngine;
beforeEach(() => {
  scratch = createScratch();
  world = testEngine();
});
afterEach(async () => {
  await world.dispose();
  scratch.remove();
});

const signal = new AbortController().signal;
const engine = (): Engine => ({ ...world.engine, config: { ...world.engine.config, dataDir: scratch.dir } });
const names = () => readdirSync(join(scratch.dir, 'repositories')).toSorted();
const path = (name: string) => join(scratch.dir, 'repositories', name);
const refs = async (name: string) => Object.fromEntries(await readRefs(path(name)));

/** A site that was pushed twice, with a tag, and maybe another branch. */
async function pushed({ branch = false } = {}): Promise<Revision> {
  const made = scratch.init('repositories/app.git');
  scratch.commit(made, { file: 'first' });
  const first = scratch.git(made, ['rev-parse', 'main']);
  const second = scratch.commit(made, { file: 'second' });
  scratch.git(made, ['update-ref', 'refs/octohost/releases/app/1', first]);
  scratch.git(made, ['update-ref', 'refs/octohost/releases/app/2', second]);
  scratch.git(made, ['tag', 'v1', first]);
  if (branch) scratch.git(made, ['update-ref', next, first]);
  const source = push(app).source;
  await world.engine.deploy(
    [{ site: app, revision: second, origin: renaming.origin, source }],
    world.operation(),
  );
  return second;
}

const prepare = async () => prepareRenamed(scratch.dir, renaming, await readRefs(path('app.git')), signal);

describe('the repository of a renamed site', () => {
  it('has its branch, its releases and the tags, and that of before is gone', async () => {
    const second = await pushed();
    const before = await refs('app.git');
    const repository = await prepare();
    expect(await refs('app.git')).toEqual(before);
    await repository?.keep(now);
    expect(names()).toEqual(['shop.git']);
    expect(await refs('shop.git')).toEqual({
      [main]: second,
      'refs/octohost/releases/shop/1': before['refs/octohost/releases/app/1'],
      'refs/octohost/releases/shop/2': second,
      'refs/tags/v1': before['refs/tags/v1'],
    });
    expect(scratch.git(path('shop.git'), ['show', 'v1:file'])).toBe('first');
    expect(existsSync(join(path('shop.git'), 'octohost-renaming.json'))).toBe(false);
    scratch.git(path('shop.git'), ['fsck', '--strict']);
  });

  it('leaves what belongs to other sites, and only that, where it was', async () => {
    await pushed({ branch: true });
    await (await prepare())?.keep(now);
    expect(names()).toEqual(['app.git', 'shop.git']);
    expect(Object.keys(await refs('app.git'))).toEqual([next, 'refs/tags/v1']);
    expect(Object.keys(await refs('shop.git'))).not.toContain(next);
  });

  it('is brought into one of its name in which other sites are', async () => {
    await pushed();
    const there = scratch.init('repositories/shop.git');
    scratch.git(there, ['update-ref', next, scratch.commit(there, { file: 'theirs' })]);
    await expect(prepare()).rejects.toMatchObject({ code: 'E_RENAME_REPOSITORY' });
    scratch.git(there, ['update-ref', '-d', main]);
    await (await prepare())?.keep(now);
    expect(names()).toEqual(['shop.git']);
    expect(scratch.git(there, ['show', 'next:file'])).toBe('theirs');
    expect(scratch.git(there, ['show', 'main:file'])).toBe('second');
  });

  it('has as its branch what that is from then on', async () => {
    await pushed({ branch: true });
    const branch = { from: parseSiteName('app-next'), to: shop, origin: { repository: app, ref: next } };
    const all = await readRefs(path('app.git'));
    await (await prepareRenamed(scratch.dir, branch, all, signal))?.keep(now);
    expect(Object.keys(await refs('shop.git'))).toEqual([main, 'refs/tags/v1']);
    expect(Object.keys(await refs('app.git'))).not.toContain(next);
  });

  it('is none where the site does not get its name', async () => {
    await pushed();
    const before = await refs('app.git');
    await (await prepare())?.drop();
    expect(names()).toEqual(['app.git']);
    expect(await refs('app.git')).toEqual(before);
  });

  it('is none of a site that was never pushed', async () => {
    scratch.init('repositories/app.git');
    expect(await prepare()).toBeUndefined();
  });
});

describe('a rename that was killed', () => {
  /** As if another process had made it, which is gone. */
  async function kill(): Promise<void> {
    await prepare();
    const pid = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    for (const name of names().filter((one) => one.startsWith('.new-')))
      renameSync(path(name), path(name.replace(/^\.new-\d+-/, `.new-${pid}-`)));
  }
  const mend = () => mendRepositories(engine(), world.operation());

  it('before the site had its name leaves the repository of before', async () => {
    await pushed();
    const before = await refs('app.git');
    await kill();
    expect((await mend()).actions).toEqual([
      { site: 'shop', did: 'removed the repository of a rename that did not come to its end' },
    ]);
    expect(names()).toEqual(['app.git']);
    expect(await refs('app.git')).toEqual(before);
  });

  it('before the site had its name is known by its pointer, whatever history was written for it', async () => {
    await pushed();
    const before = await refs('app.git');
    await kill();
    const made = await world.engine.current(app);
    const earlier = { ...made, site: shop, reason: 'rename', origin: now };
    const key = keys.release(shop, made?.number ?? 0);
    await world.roles.store.transact([{ kind: 'set', key, value: JSON.stringify(earlier) }]);
    await mend();
    expect(names()).toEqual(['app.git']);
    expect(await refs('app.git')).toEqual(before);
  });

  it('while it wrote what it is for leaves the repository of before', async () => {
    await pushed();
    await kill();
    for (const name of names().filter((one) => one.startsWith('.new-')))
      writeFileSync(join(path(name), 'octohost-renaming.json'), '{"fro');
    expect(await mend()).toMatchObject({ problems: [] });
    expect(names()).toEqual(['app.git']);
  });

  it('is not forgotten with the pushes that were killed days ago', async () => {
    await pushed();
    await kill();
    scratch.init(`repositories/.new-1-0a-${app}.git`);
    const old = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);
    const left = names().filter((one) => one.startsWith('.new-'));
    for (const name of left) utimesSync(path(name), old, old);
    const { drop } = await makeRepository(scratch.dir, parseSiteName('new'));
    await drop();
    expect(names()).toEqual(['app.git', ...left.filter((one) => one.endsWith('-shop.git'))].toSorted());
  });

  it('after that has the repository under its name, whatever was pushed there since', async () => {
    const second = await pushed();
    await kill();
    await world.engine.rename(app, shop, world.operation());
    const there = scratch.init('repositories/shop.git');
    const pushedSince = scratch.commit(there, { file: 'since' });
    expect((await mend()).actions).toEqual([{ site: 'shop', did: 'has the repository that app had' }]);
    expect(names()).toEqual(['shop.git']);
    expect(await refs('shop.git')).toMatchObject({
      [main]: pushedSince,
      'refs/octohost/releases/shop/2': second,
    });
    expect((await mend()).actions).toEqual([]);
  });

  it('leaves to a new site of the old name what that has pushed', async () => {
    await pushed();
    await kill();
    await world.engine.rename(app, shop, world.operation());
    await world.engine.deploy([push(app)], world.operation());
    await mend();
    expect(names()).toEqual(['app.git', 'shop.git']);
    expect(Object.keys(await refs('app.git'))).toContain(main);
  });
});

describe('the refs of a renamed site', () => {
  const all = new Map(
    [main, 'refs/heads/master', next, 'refs/octohost/releases/app/1', 'refs/tags/v1'].map(
      (ref) => [ref, 'a'] as const,
    ),
  );
  const named = (more: Partial<Renaming>) => renamedRefs(all, { ...renaming, ...more }).map(({ ref }) => ref);

  it('are those of main and master, which both mean it', () => {
    expect(named({})).toEqual([main, 'refs/heads/master', 'refs/octohost/releases/shop/1', 'refs/tags/v1']);
  });

  it('are those of another branch alone', () => {
    const from = parseSiteName('app-next');
    expect(named({ from, origin: { repository: app, ref: next } })).toEqual([next, 'refs/tags/v1']);
  });
});
