import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepRelease, openRepository, repositoryPath } from '../../../cli/door/repository.ts';
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

it('the revision of a release stays reachable whatever becomes of its branch', async () => {
  const { path } = await openRepository(dir, app);
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
  await keepRelease(path, app, 3, parseRevision(revision));
  expect(git(path, 'rev-parse', 'refs/octohost/releases/app/3')).toBe(revision);
});
