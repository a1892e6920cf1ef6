/** Real git in a temporary folder, for the tests of the door. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gitTree } from '../../../cli/door/git-tree.ts';
import type { SubmoduleAccess } from '../../../cli/door/submodules.ts';
import { parseDomain, parseRevision, parseSiteName, type Revision } from '../../../core/index.ts';

const person = {
  GIT_AUTHOR_NAME: 'T',
  GIT_AUTHOR_EMAIL: 't@localhost',
  GIT_COMMITTER_NAME: 'T',
  GIT_COMMITTER_EMAIL: 't@localhost',
};

export interface Scratch {
  readonly dir: string;
  /** Runs git with what the user of this machine configured left out; gives what it wrote, without the last newline. */
  git(repository: string, words: readonly string[], input?: string | Buffer): string;
  /** A new repository below the folder; `.git` at the end makes it a bare one. */
  init(name: string): string;
  /** A commit of these files on top of none, and of submodules at the given commits. */
  commit(
    repository: string,
    files: Readonly<Record<string, string>>,
    submodules?: Readonly<Record<string, string>>,
  ): Revision;
  /** A file of the folder, with the folders above it. */
  write(path: string, content: string): string;
  remove(): void;
}

export function createScratch(): Scratch {
  const dir = mkdtempSync(join(tmpdir(), 'octo-git-'));
  const git: Scratch['git'] = (repository, words, input = '') =>
    execFileSync('git', ['-C', repository, ...words], {
      encoding: 'utf8',
      input,
      env: { PATH: process.env['PATH'], HOME: dir, GIT_CONFIG_NOSYSTEM: '1', ...person },
      maxBuffer: 64 * 1024 * 1024,
      stdio: 'pipe',
    }).trim();
  return {
    dir,
    git,
    init(name) {
      const path = join(dir, name);
      mkdirSync(path, { recursive: true });
      git(path, ['init', '-q', '-b', 'main', ...(name.endsWith('.git') ? ['--bare'] : [])]);
      return path;
    },
    commit(repository, files, submodules = {}) {
      const blobs = Object.entries(files).map(
        ([path, content]) =>
          `100644 ${git(repository, ['hash-object', '-w', '--stdin'], content)}\t${path}\0`,
      );
      const pins = Object.entries(submodules).map(([path, commit]) => `160000 ${commit}\t${path}\0`);
      git(repository, ['read-tree', '--empty']);
      git(repository, ['update-index', '-z', '--index-info'], [...blobs, ...pins].join(''));
      const commit = git(repository, ['commit-tree', '-m', 'x', git(repository, ['write-tree'])]);
      git(repository, ['update-ref', 'refs/heads/main', commit]);
      return parseRevision(commit);
    },
    write(path, content) {
      const file = join(dir, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode: 0o755 });
      return file;
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** What a pusher of `app` may have; nothing but what is named here. */
export function access(
  dataDir: string,
  submodules: { sameHost?: boolean; urls?: string[] } = {},
  more: Partial<SubmoduleAccess> = {},
): SubmoduleAccess {
  return {
    config: {
      dataDir,
      domainSuffix: parseDomain('example.test'),
      git: {
        maxPushMegabytes: 10,
        maxPushSeconds: 60,
        submodules: { sameHost: false, urls: [], ...submodules },
      },
    },
    repository: parseSiteName('app'),
    mayRead: () => true,
    output: () => {},
    ...more,
  };
}

/** A tree and everything that was remarked on it so far. */
export async function openTree(gitDir: string, revision: Revision, submodules = access('/nowhere')) {
  const remarks: string[] = [];
  const tree = await gitTree({
    gitDir,
    revision,
    environment: {},
    submodules,
    remark: (line) => void remarks.push(line),
  });
  await tree.examined;
  return { tree, remarks };
}
