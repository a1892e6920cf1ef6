import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  forgetSite,
  isOfSite,
  keepRelease,
  openRepository,
  repositoryPath,
} from '../../../cli/door/repository.ts';
import { parseRevision, parseSiteName } from '../../../core/index.ts';

const app = parseSiteName('app');
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octo-repository-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const git = (path: string, ...words: string[]) =>
  execFileSync('git', ['--git-dir', path, ...words], { encoding: 'utf8' }).trim();
const kept = () => readdirSync(join(dir, 'repositories'));

describe('a new repository', () => {
  it('takes its name only when something was accepted', async () => {
    const repository = await openRepository(dir, app);
    expect(git(repository.path, 'rev-parse', '--is-bare-repository')).toBe('true');
    expect(existsSync(repositoryPath(dir, app))).toBe(false);
    await repository.keep();
    expect(kept()).toEqual(['app.git']);
  });

  it('leaves nothing when nothing was accepted', async () => {
    const repository = await openRepository(dir, app);
    await repository.drop();
    expect(kept()).toEqual([]);
  });

  it('has none of the hooks of the host', async () => {
    const { path } = await openRepository(dir, app);
    expect(existsSync(join(path, 'hooks'))).toBe(false);
  });

  it('that a killed process forgot is cleared away a day later, and a fresh one is not', async () => {
    const { path: fresh } = await openRepository(dir, app);
    const forgotten = join(dir, 'repositories', '.new-forgotten.git');
    mkdirSync(forgotten);
    utimesSync(forgotten, 0, 0);
    await openRepository(dir, app);
    expect(existsSync(forgotten)).toBe(false);
    expect(existsSync(fresh)).toBe(true);
  });
});

it('a known repository is used as it is, and a refused push does not take it away', async () => {
  await (await openRepository(dir, app)).keep();
  const again = await openRepository(dir, app);
  await again.drop();
  expect(again.path).toBe(repositoryPath(dir, app));
  expect(kept()).toEqual(['app.git']);
});

it('what was received of a push that was killed is cleared away after a day; another may be on its way', async () => {
  const first = await openRepository(dir, app);
  await first.keep();
  const incoming = (name: string) => join(repositoryPath(dir, app), 'objects', `tmp_objdir-incoming-${name}`);
  for (const name of ['old', 'new']) mkdirSync(incoming(name));
  utimesSync(incoming('old'), 1, 1);
  await openRepository(dir, app);
  expect([existsSync(incoming('old')), existsSync(incoming('new'))]).toEqual([false, true]);
});

/** A commit of nothing, on these refs. */
function commit(path: string, ...refs: string[]): string {
  const tree = execFileSync('git', ['--git-dir', path, 'hash-object', '-t', 'tree', '-w', '--stdin'], {
    input: '',
    encoding: 'utf8',
  }).trim();
  const revision = git(
    path,
    '-c',
    'user.name=T',
    '-c',
    'user.email=t@localhost',
    'commit-tree',
    '-m',
    'x',
    tree,
  );
  for (const ref of refs) git(path, 'update-ref', ref, revision);
  return revision;
}

it('the revision of a release stays reachable whatever becomes of its branch', async () => {
  const { path } = await openRepository(dir, app);
  const revision = commit(path);
  await keepRelease(path, app, 3, parseRevision(revision));
  expect(git(path, 'rev-parse', 'refs/octohost/releases/app/3')).toBe(revision);
});

describe('a removed site', () => {
  const feature = parseSiteName('app-feature');

  it.each([
    { ref: 'refs/heads/main', of: app },
    { ref: 'refs/heads/feature', of: feature },
    { ref: 'refs/octohost/releases/app/1', of: app },
    { ref: 'refs/octohost/releases/app-feature/1', of: feature },
    { ref: 'refs/tags/v1', of: undefined },
    { ref: 'refs/heads/ümlaut', of: undefined },
  ])('$ref is of $of', ({ ref, of }) => {
    expect([app, feature].filter((site) => isOfSite(ref, app, site))).toEqual(of ? [of] : []);
  });

  it('takes its branch and its releases with it, and leaves those of its neighbours', async () => {
    const repository = await openRepository(dir, app);
    const refs = [
      'refs/heads/main',
      'refs/heads/feature',
      'refs/octohost/releases/app/1',
      'refs/octohost/releases/app-feature/1',
    ];
    commit(repository.path, ...refs);
    await repository.keep();
    await forgetSite(dir, app);
    expect(git(repositoryPath(dir, app), 'for-each-ref', '--format=%(refname)').split('\n')).toEqual([
      'refs/heads/feature',
      'refs/octohost/releases/app-feature/1',
    ]);
    await forgetSite(dir, feature);
    expect(kept()).toEqual([]);
  });

  it('that was never pushed is none of its business', async () => {
    await forgetSite(dir, app);
    await (await openRepository(dir, app)).keep();
    await forgetSite(dir, feature);
    expect(kept()).toEqual(['app.git']);
  });
});
