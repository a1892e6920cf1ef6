/** What converge makes of repositories that killed pushes left: real git, an engine in memory. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mendRepositories } from '../../../cli/door/mend.ts';
import { readRefs } from '../../../cli/door/repository.ts';
import { type Engine, parseRevision, parseSiteName } from '../../../core/index.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';
import { createScratch, type Scratch } from './scratch.ts';

const app = parseSiteName('app');
const main = 'refs/heads/main';
const pending = 'refs/octohost/pending/0/heads/main';
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

/** The engine with its repositories in the scratch folder. */
const engine = (): Engine => ({ ...world.engine, config: { ...world.engine.config, dataDir: scratch.dir } });
const mend = () => mendRepositories(engine(), world.operation());
const names = () => readdirSync(join(scratch.dir, 'repositories'));
const refs = async (name: string) =>
  Object.fromEntries(await readRefs(join(scratch.dir, 'repositories', name)));

/** A process that has ended. */
function deadPid(): number {
  return Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
}

/** A repository in which a push of one commit was killed before its ref moved; the release may be current. */
async function killedPush(name: string, { current }: { current: boolean }) {
  const path = scratch.init(`repositories/${name}`);
  const revision = scratch.commit(path, { file: name });
  scratch.git(path, ['update-ref', pending, revision]);
  scratch.git(path, ['update-ref', '-d', main]);
  const origin = { repository: app, ref: main as never };
  const source = push(app).source;
  if (current)
    await world.engine.deploy(
      [{ site: app, revision: parseRevision(revision), origin, source }],
      world.operation(),
    );
  return { path, revision };
}

describe('a repository whose push was killed', () => {
  it('after its release had become current has its ref moved', async () => {
    const { revision } = await killedPush('app.git', { current: true });
    expect(await mend()).toEqual({
      actions: [{ site: 'app', did: `moved ${main} to what runs` }],
      problems: [],
    });
    expect(await refs('app.git')).toEqual({ [main]: revision, 'refs/octohost/releases/app/1': revision });
    expect((await mend()).actions).toEqual([]);
  });

  it('before that has no note of it any more', async () => {
    await killedPush('app.git', { current: false });
    expect((await mend()).actions).toEqual([{ site: 'app', did: `forgot a push to ${main}` }]);
    expect(await refs('app.git')).toEqual({});
  });

  it('that cannot be looked at is a problem, and the others are looked at all the same', async () => {
    await killedPush('other.git', { current: false });
    const { path } = await killedPush('app.git', { current: false });
    writeFileSync(join(path, 'HEAD'), 'broken');
    const { actions, problems } = await mend();
    expect([actions.map(({ site }) => site), problems.map(({ site }) => site)]).toEqual([['other'], ['app']]);
  });
});

describe('a repository without a name', () => {
  const unnamed = (pid: number) => `.new-${pid}-0a1b2c-app.git`;
  const named = { site: 'app', did: 'named the repository of a push that was killed' };
  const rename = (path: string, name: string) => renameSync(path, join(path, '..', name));

  it('gets it where its release is current', async () => {
    const { path, revision } = await killedPush('x.git', { current: true });
    rename(path, unnamed(deadPid()));
    expect((await mend()).actions).toEqual([{ site: 'app', did: `moved ${main} to what runs` }, named]);
    expect(names()).toEqual(['app.git']);
    expect((await refs('app.git'))[main]).toBe(revision);
  });

  it('gets it where its refs had moved already', async () => {
    const { path, revision } = await killedPush('x.git', { current: true });
    scratch.git(path, ['update-ref', main, revision]);
    scratch.git(path, ['update-ref', '-d', pending]);
    rename(path, unnamed(deadPid()));
    expect((await mend()).actions).toEqual([named]);
    expect(await refs('app.git')).toEqual({ [main]: revision });
    expect((await mend()).actions).toEqual([]);
  });

  it('goes where it is not, or where another one has taken the name', async () => {
    const { path } = await killedPush('x.git', { current: false });
    rename(path, unnamed(deadPid()));
    const gone = [{ site: 'app', did: 'removed the repository of a push that did not come to its end' }];
    expect((await mend()).actions).toEqual(gone);
    expect(names()).toEqual([]);
    const second = await killedPush('x.git', { current: true });
    rename(second.path, unnamed(deadPid()));
    scratch.init('repositories/app.git');
    expect((await mend()).actions).toEqual(gone);
    expect(names()).toEqual(['app.git']);
  });

  it('goes where its git was killed, or found no room, before it was whole', async () => {
    const { path } = await killedPush('x.git', { current: false });
    rmSync(join(path, 'HEAD'));
    rename(path, unnamed(deadPid()));
    expect(await mend()).toEqual({
      actions: [{ site: 'app', did: 'removed the repository of a push that did not come to its end' }],
      problems: [],
    });
    expect(names()).toEqual([]);
  });

  it('stays while its push runs', async () => {
    const { path } = await killedPush('x.git', { current: false });
    rename(path, unnamed(process.pid));
    expect((await mend()).actions).toEqual([]);
    expect(existsSync(join(scratch.dir, 'repositories', unnamed(process.pid)))).toBe(true);
  });
});

it('where nothing was ever pushed there is nothing to do', async () => {
  expect(await mend()).toEqual({ actions: [], problems: [] });
});
