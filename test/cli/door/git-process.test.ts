import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  git,
  gitEnvironment,
  receiveWords,
  serverEnvironment,
  startGit,
  uploadWords,
  waitOrEnd,
} from '../../../cli/door/git-process.ts';
import { openRepository, readRefs } from '../../../cli/door/repository.ts';
import { parseRevision, parseSiteName, type Revision } from '../../../core/index.ts';
import { createScratch, openTree, type Scratch } from './scratch.ts';

let scratch: Scratch;
let repository: string;
beforeEach(() => {
  scratch = createScratch();
  repository = scratch.init('app.git');
});
afterEach(() => scratch.remove());

describe('what the host configured for git is not in force for a pushed repository', () => {
  const variables = [
    'PATH',
    'HOME',
    'XDG_CONFIG_HOME',
    'GIT_CONFIG_GLOBAL',
    'GIT_CONFIG_SYSTEM',
    'GIT_DIR',
  ] as const;
  const before = Object.fromEntries(variables.map((name) => [name, process.env[name]]));
  let canary: string;
  let hosts: Record<string, string>;
  beforeEach(() => {
    canary = join(scratch.dir, 'canary');
    const script = scratch.write('evil', `#!/bin/sh\necho "$0" >> '${canary}'\ncat\n`);
    for (const hook of ['reference-transaction', 'post-index-change'])
      scratch.write(`hooks/${hook}`, `#!/bin/sh\necho ${hook} >> '${canary}'\n`);
    scratch.write('attributes', '* filter=evil\n');
    const config = scratch.write(
      'home/.gitconfig',
      `[filter "evil"]\n\tsmudge = ${script}\n\tclean = ${script}\n\trequired\n` +
        `[core]\n\thooksPath = ${scratch.dir}/hooks\n\tattributesFile = ${scratch.dir}/attributes\n\tfsmonitor = ${script}\n` +
        `[alias]\n\tarchive = !${script}\n[init]\n\ttemplateDir = ${scratch.dir}/template\n`,
    );
    scratch.write('template/hooks/reference-transaction', `#!/bin/sh\necho template >> '${canary}'\n`);
    for (const name of ['gpg', 'gpgsm', 'ssh-keygen'])
      scratch.write(`bin/${name}`, `#!/bin/sh\necho ${name} >> '${canary}'\n`);
    hosts = {
      PATH: `${scratch.dir}/bin:${process.env['PATH']}`,
      HOME: join(scratch.dir, 'home'),
      XDG_CONFIG_HOME: scratch.dir,
      GIT_CONFIG_GLOBAL: config,
      GIT_CONFIG_SYSTEM: config,
    };
    Object.assign(process.env, hosts);
  });
  afterEach(() => {
    for (const name of variables) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });

  /** What plain git does with the same, so that the test can fail. */
  const plainly = (...words: string[]) =>
    execFileSync('git', ['--git-dir', repository, ...words], {
      env: hosts,
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  async function expectHarmless(revision: Revision, ...words: string[]): Promise<void> {
    plainly(...words);
    expect(existsSync(canary)).toBe(true);
    rmSync(canary);
    const { tree } = await openTree(repository, revision);
    await buffer(await tree.tar());
    expect(existsSync(canary)).toBe(false);
  }

  it('no filter that .gitattributes names', async () => {
    const revision = scratch.commit(repository, { '.gitattributes': 'file filter=evil\n', file: 'x' });
    await expectHarmless(revision, 'archive', revision);
  });

  it('no filter that the attributes of the host name', async () => {
    const revision = scratch.commit(repository, { file: 'x' });
    await expectHarmless(revision, 'archive', revision);
  });

  it.each(['PGP SIGNATURE', 'SIGNED MESSAGE'])('no program that checks a %s for an export', async (kind) => {
    const plain = scratch.commit(repository, {
      '.gitattributes': 'file export-subst\n',
      file: '$Format:%G?$',
    });
    const signature = `gpgsig -----BEGIN ${kind}-----\n \n x\n -----END ${kind}-----\n`;
    const text = `${scratch.git(repository, ['cat-file', 'commit', plain])}\n`.replace(
      '\n\n',
      `\n${signature}\n`,
    );
    const signed = parseRevision(
      scratch.git(repository, ['hash-object', '-t', 'commit', '-w', '--stdin'], text),
    );
    // The filter of the host's attributes is not what this is about.
    scratch.write('attributes', '');
    await expectHarmless(signed, 'archive', signed);
  });

  it('no hook, of its own or of a template', async () => {
    const revision = scratch.commit(repository, {
      'hooks/reference-transaction': `#!/bin/sh\necho tree >> '${canary}'\n`,
    });
    plainly('update-ref', 'refs/heads/x', revision);
    expect(existsSync(canary)).toBe(true);
    rmSync(canary);
    await readRefs(repository);
    const fresh = await openRepository(scratch.dir, parseSiteName('other'));
    await git(fresh.path, ['symbolic-ref', 'HEAD', 'refs/heads/y']);
    expect(existsSync(canary)).toBe(false);
    expect(existsSync(join(fresh.path, 'hooks'))).toBe(false);
  });

  it('no alias, and no variable that names another repository', async () => {
    process.env['GIT_DIR'] = '/nowhere';
    expect((await git(repository, ['config', '--list'])).toString()).not.toContain('alias.');
  });
});

it('a pushed replacement changes nothing of what a revision is', async () => {
  const good = scratch.commit(repository, { file: 'good' });
  const evil = scratch.commit(repository, { file: 'evil' });
  scratch.git(repository, ['update-ref', `refs/replace/${good}`, evil]);
  expect(scratch.git(repository, ['show', `${good}:file`])).toBe('evil');
  const { tree } = await openTree(repository, good);
  expect((await tree.read('file'))?.toString()).toBe('good');
  expect((await buffer(await tree.tar())).includes('evil')).toBe(false);
});

it.each([
  ['fetch', uploadWords],
  ['push', (path: string) => receiveWords(path, { hooksDir: '/nowhere', maxPushMegabytes: 1 })],
])('a %s to a repository whose files another user owns is not refused for that', (_, words) => {
  scratch.commit(repository, {});
  const serve = (list: readonly string[]) =>
    spawnSync('git', list, {
      env: { ...gitEnvironment(serverEnvironment()), GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' },
      input: '0000',
      encoding: 'utf8',
    });
  const list = words(repository);
  expect(serve(list).stdout).toContain('agent=git/');
  const careful = list.filter((word) => !word.startsWith('safe.directory='));
  careful.splice(careful.indexOf('-c'), 1);
  expect(serve(careful).stderr).toContain('dubious ownership');
});

it('git that fails says why in its own words, without the words it was started with', async () => {
  await expect(git(repository, ['cat-file', 'blob', 'nothing'])).rejects.toThrow(
    /^fatal: Not a valid object name nothing$/,
  );
});

it.each([
  { what: 'that goes on is ended', input: undefined, signal: 'SIGTERM' },
  { what: 'that ends by itself is waited for', input: '', signal: null },
])('a git $what', async ({ input, signal }) => {
  const words = ['--git-dir', repository, 'cat-file', '--batch'];
  const child = startGit(words, { stdio: ['pipe', 'ignore', 'ignore'], ownGroup: true });
  const ended = once(child, 'close');
  if (input !== undefined) child.stdin?.end(input);
  await waitOrEnd(child, ended, input === undefined ? 50 : 60_000);
  expect((await ended)[1]).toBe(signal);
});
