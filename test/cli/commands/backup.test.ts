/** octo backup and octo restore, between two installations on roles in memory, with real git. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryPath } from '../../../cli/door/repository.ts';
import { parseBranchRef, parseRevision, parseSiteName, type SiteName } from '../../../core/index.ts';
import { committer, ran } from '../../helpers/private-instance.ts';
import { push } from '../../helpers/world.ts';
import { type CommandLine, commandLine } from '../command-line.ts';

const app = parseSiteName('app');
let from: CommandLine;
let to: CommandLine;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-b-'));
  const lines = ['from', 'to'].map((name) => commandLine({ authorizedKeys: join(folder, name) }));
  [from, to] = lines as [CommandLine, CommandLine];
});
afterEach(async () => {
  await Promise.all([from.dispose(), to.dispose()]);
  await rm(folder, { recursive: true, force: true });
});

const operation = {
  actor: 'me',
  signal: new AbortController().signal,
  reporter: { deploy() {}, begin() {}, end() {}, output() {}, warn() {} },
};
const dataDir = (line: CommandLine) => line.engine().config.dataDir;
const git = async (...words: string[]) => {
  const { code, stdout, stderr } = await ran('git', words, { env: { ...process.env, ...committer } });
  expect(code, stderr).toBe(0);
  return stdout.trim();
};

/** A commit of a Dockerfile in the site's repository, and its release. */
async function deployed(line: CommandLine, site: SiteName, content: string): Promise<string> {
  const path = repositoryPath(dataDir(line), site);
  const tree = join(folder, `tree-${site}`);
  await mkdir(tree, { recursive: true });
  await writeFile(join(tree, 'Dockerfile'), `FROM scratch\nEXPOSE 8080\n# ${content}\n`);
  await git('init', '-q', '--bare', '--initial-branch=main', path);
  await git('--git-dir', path, '--work-tree', tree, 'add', '-A');
  await git('--git-dir', path, '--work-tree', tree, 'commit', '-q', '-m', content);
  const revision = parseRevision(await git('--git-dir', path, 'rev-parse', 'main'));
  const origin = { repository: site, ref: parseBranchRef('refs/heads/main') };
  const engine = line.engine();
  const [outcome] = await engine.deploy([{ ...push(site, { content }), revision, origin }], operation);
  await git(
    '--git-dir',
    path,
    'update-ref',
    `refs/octohost/releases/${site}/${outcome?.release.number}`,
    revision,
  );
  await engine.close();
  return revision;
}

const refs = (line: CommandLine, site: SiteName) =>
  git('--git-dir', repositoryPath(dataDir(line), site), 'for-each-ref');
const answer = (line: CommandLine, host: string) => line.roles.router.request(host);
const backup = (...words: string[]) => from.octo('backup', join(folder, 'file.tar.gz'), ...words);
const restore = (...words: string[]) => to.octo('restore', join(folder, 'file.tar.gz'), ...words);
const leftovers = async (line: CommandLine) =>
  (await readdir(dataDir(line))).filter((name) => name.startsWith('.backup'));
const publicKey = async (name: string) => {
  const file = join(folder, name);
  await ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  return readFile(`${file}.pub`);
};

describe('octo backup and octo restore', () => {
  it('give the same sites, repositories and keys elsewhere', async () => {
    await from.octo('config:set', 'app/COLOUR', 'blue');
    await from.octoWith({ stdin: 'hunter2-hunter2' }, 'config:set', '--secret', '--no-deploy', 'app/TOKEN');
    await deployed(from, app, 'one');
    await deployed(from, app, 'two');
    await from.octoWith({ stdin: await publicKey('alice') }, 'keys:add', 'alice');
    const written = await backup('--images', '--with-secrets', '--json');
    expect(written.code, written.stderr).toBe(0);
    expect(written.json()).toMatchObject({ sites: ['app'], repositories: ['app'], keys: ['alice'] });
    expect((await stat(join(folder, 'file.tar.gz'))).mode & 0o777).toBe(0o600);
    const restored = await restore();
    expect(restored.code, restored.stderr).toBe(0);
    expect(restored.stdout).toContain('app: restored, release 2\nkey alice: let in\n');
    expect(await answer(to, 'app.example.com')).toEqual(await answer(from, 'app.example.com'));
    expect(await refs(to, app)).toBe(await refs(from, app));
    const settings = (line: CommandLine) => line.octo('config', 'app', '--secrets', '--json');
    expect((await settings(to)).json()).toEqual((await settings(from)).json());
    expect(await readFile(join(folder, 'to'), 'utf8')).toContain('--key alice');
    expect([...(await leftovers(from)), ...(await leftovers(to))]).toEqual([]);
    const again = await restore('--json');
    expect(again.json()).toEqual({
      sites: [{ site: 'app', did: 'there', release: 2 }],
      keys: [],
      actions: [],
      problems: [],
    });
    expect((await restore()).stdout).toBe('app: is here already\nNothing to do.\n');
  });

  it('build a site anew from its commit where the images are not in the file', async () => {
    const revision = await deployed(from, app, 'one');
    await backup();
    const restored = await restore();
    expect(restored.stdout, restored.stderr).toContain('app: built anew, as release 2');
    const engine = to.engine();
    expect(await engine.current(app)).toMatchObject({ number: 2, revision, reason: 'deploy' });
    expect((await engine.releases(app)).map(({ number }) => number)).toEqual([1, 2]);
    expect((await answer(to, 'app.example.com')).status).toBe(200);
    expect((await restore()).stdout).toContain('Nothing to do.');
  });

  it('say of a site without an image and without a commit that it cannot run', async () => {
    await from.engine().deploy([push(app)], operation);
    await backup();
    const restored = await restore();
    expect(restored.code).toBe(1);
    expect(restored.stdout).toContain('app: restored, release 1');
    expect(restored.stderr).toContain('E_RESTORE_IMAGE');
  });

  it('take only the sites that are asked for, without keys', async () => {
    for (const site of ['app', 'shop-a', 'shop-b'].map(parseSiteName)) await deployed(from, site, site);
    await from.octoWith({ stdin: await publicKey('alice') }, 'keys:add', 'alice');
    const written = await backup('--site', 'shop-*', '--json');
    expect(written.json()).toMatchObject({
      sites: ['shop-a', 'shop-b'],
      repositories: ['shop-a', 'shop-b'],
      keys: [],
    });
    await restore('--site', 'shop-b');
    expect((await to.octo('sites')).stdout).toBe('shop-b\n');
    expect(await readdir(join(dataDir(to), 'repositories'))).toEqual(['shop-b.git']);
    expect(await backup('--site', 'none')).toMatchObject({ code: 2 });
  });

  it('go by stdout and stdin, over ssh too, and reach no file there', async () => {
    await deployed(from, app, 'one');
    const piped = await from.octoWith({ remote: true }, 'backup', '-', '--images');
    expect(piped.stdout).toBe('');
    const restored = await to.octoWith({ remote: true, stdin: piped.bytes }, 'restore', '-');
    expect(restored.stdout, restored.stderr).toContain('app: restored, release 1');
    for (const words of [['backup'], ['backup', '/tmp/x'], ['restore', '/etc/passwd']]) {
      const refused = await to.octoWith({ remote: true }, ...words);
      expect(refused).toMatchObject({ code: 77, stdout: '' });
    }
    const shown = await from.octoWith({ terminal: true }, 'backup', '-');
    expect(shown.stderr).toContain('E_BACKUP_STDOUT');
    expect((await to.octoWith({ terminal: true }, 'restore', '-')).stderr).toContain('E_BACKUP_STDIN');
  });

  it('warn of secrets that are not taken along, and restore them where they were sealed', async () => {
    await from.octoWith({ stdin: 'hunter2-hunter2' }, 'config:set', '--secret', '--no-deploy', 'app/TOKEN');
    await deployed(from, app, 'one');
    expect((await backup('--images')).stderr).toContain(
      'warning: the secrets of app can only be restored where',
    );
    const refused = await restore();
    expect(refused.stderr).toContain('E_RESTORE_REFUSED');
    expect((await to.octo('sites')).stdout).toBe('');
    const key = await readFile(join(dataDir(from), 'secrets.key'));
    await writeFile(join(dataDir(to), 'secrets.key'), key);
    await chmod(join(dataDir(to), 'secrets.key'), 0o600);
    expect(await restore()).toMatchObject({ code: 0 });
  });

  it('refuse the whole file where one of its sites cannot be restored', async () => {
    for (const site of ['app', 'shop'].map(parseSiteName)) await deployed(from, site, 'one');
    await backup();
    await deployed(to, parseSiteName('shop'), 'theirs');
    const refused = await restore();
    expect(refused.stderr).toContain('shop: there is another site of this name');
    expect((await to.octo('sites')).stdout).toBe('shop\n');
    expect(await restore('--site', 'app')).toMatchObject({ code: 0 });
  });

  it('of a repository with broken objects bring none of it', async () => {
    await deployed(from, app, 'one');
    const path = repositoryPath(dataDir(from), app);
    const broken = await git(
      '--git-dir',
      path,
      'hash-object',
      '-t',
      'commit',
      '-w',
      '--literally',
      '--',
      join(folder, 'tree-app', 'Dockerfile'),
    );
    await git('--git-dir', path, 'update-ref', 'refs/tags/broken', broken).catch(() => {});
    await writeFile(join(path, 'refs', 'tags', 'broken'), `${broken}\n`);
    const written = await backup();
    const restored = written.code === 0 ? await restore() : written;
    expect(restored.stderr).toContain('E_GIT');
    expect(await readdir(join(dataDir(to), 'repositories')).catch(() => [])).toEqual([]);
    expect((await to.octo('sites')).stdout).toBe('');
  });

  it('bring the sites up whatever becomes of its keys', async () => {
    await deployed(from, app, 'one');
    await from.octoWith({ stdin: await publicKey('alice') }, 'keys:add', 'alice');
    await backup('--images');
    await to.dispose();
    // No folder: sshd's file cannot be written.
    await writeFile(join(folder, 'no-folder'), '');
    to = commandLine({ authorizedKeys: join(folder, 'no-folder', 'keys') });
    const { stdout, stderr } = await restore();
    expect(stdout).toContain('app: restored');
    expect(stderr).toContain('the key alice stays out');
    expect(await answer(to, 'app.example.com')).toMatchObject({ status: 200 });
  });

  it('that lacks an image says so, and has everything else', async () => {
    await deployed(from, app, 'one');
    const gone = async () => {
      throw new Error('it is gone');
    };
    Object.assign(from.roles.builder.transfer ?? {}, { pack: gone });
    const written = await backup('--images', '--json');
    expect(written.code).toBe(1);
    expect(written.json()).toMatchObject({
      sites: ['app'],
      damaged: ['the images of app are left out: it is gone'],
    });
    expect((await restore()).stdout).toContain('app: built anew, as release 2');
  });

  it('that is interrupted leaves no file', async () => {
    await deployed(from, app, 'one');
    const file = join(folder, 'file.tar.gz');
    const stopped = await from.octoWith(
      { onInterruptible: (interrupt) => interrupt() },
      'backup',
      file,
      '--images',
    );
    expect(stopped.code).toBe(130);
    expect((await readdir(folder)).filter((name) => name.startsWith('file'))).toEqual([]);
    expect(await leftovers(from)).toEqual([]);
  });
});
