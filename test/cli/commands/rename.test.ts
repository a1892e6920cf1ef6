/** octo rename, as it is typed: what it says, and the repository that goes along. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logFolder } from '../../../cli/deploy-log/place.ts';
import { prepareRenamed } from '../../../cli/door/renamed-repository.ts';
import { readRefs, repositoryPath } from '../../../cli/door/repository.ts';
import { parseBranchRef, parseSiteName, type SiteName } from '../../../core/index.ts';
import { keys } from '../../../core/keys.ts';
import { push } from '../../helpers/world.ts';
import { testOperation } from '../../testing/operation.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { createScratch, type Scratch } from '../door/scratch.ts';
import { type Sample, sample } from '../sample.ts';

const [app, shop] = ['app', 'shop'].map(parseSiteName) as [SiteName, SiteName];
let line: CommandLine;
let site: Sample;
let scratch: Scratch;
beforeEach(async () => {
  scratch = createScratch();
  line = commandLine();
  site = await sample({ Dockerfile: 'FROM scratch\nEXPOSE 8080\n', CNAME: 'www.shop.test\n' });
  await line.octo('deploy', 'app', site.folder);
  line.background.splice(0);
});
afterEach(async () => {
  await line.dispose();
  await site.dispose();
  scratch.remove();
});

const dataDir = () => line.engine().config.dataDir;

/** As if it had been pushed. */
async function pushed(ref: string): Promise<void> {
  const path = scratch.init('app.git');
  const revision = scratch.commit(path, { file: ref });
  scratch.git(path, ['update-ref', ref, revision]);
  cpSync(path, repositoryPath(dataDir(), app), { recursive: true });
  const origin = { repository: app, ref: parseBranchRef(ref) };
  const engine = line.engine();
  const name = ref.endsWith('main') ? app : parseSiteName('app-next');
  await engine.deploy([{ ...push(name, { ref }), origin, revision }], testOperation());
  await engine.close();
}

describe('octo rename', () => {
  it('says where it answers and where no more, and sees to the new instances', async () => {
    const { stdout, code } = await line.octo('rename', 'app', 'shop');
    expect(code).toBe(0);
    expect(stdout).toContain('app is shop now.\nRelease 2 of shop is current');
    expect(stdout).toContain('http://www.shop.test');
    expect(stdout).toContain('It answers no more at: app.example.com');
    expect(stdout).not.toContain('git remote');
    expect(line.background).toEqual([['shop']]);
    expect((await line.octo('sites')).stdout).toBe('shop\n');
    expect(existsSync(logFolder(dataDir(), shop))).toBe(true);
    expect((await line.octo('logs', 'shop', '--deploy')).code).toBe(0);
  });

  it('takes the repository along, and says where to push', async () => {
    await pushed('refs/heads/main');
    const { stdout } = await line.octo('rename', 'app', 'shop');
    expect(stdout).toContain('git remote set-url <remote> ssh://git@<host>/shop.git');
    expect(existsSync(repositoryPath(dataDir(), app))).toBe(false);
    expect([...(await readRefs(repositoryPath(dataDir(), shop))).keys()]).toEqual(['refs/heads/main']);
  });

  it('says as what the branch of a site is pushed that becomes the main one', async () => {
    await pushed('refs/heads/next');
    const { stdout } = await line.octo('rename', 'app-next', 'shop');
    expect(stdout).toContain('git push <remote> next:main');
    expect((await line.octo('sites')).stdout).toBe('app\nshop\n');
  });

  it('that is refused leaves repository and site as they were', async () => {
    await pushed('refs/heads/main');
    await line.octo('config:set', 'shop/A', '1');
    expect(await line.octo('rename', 'app', 'shop')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('E_RENAME_TAKEN'),
    });
    expect((await line.octo('rename', 'nowhere', 'new', '--json')).json()).toMatchObject({
      error: { code: 'E_SITE_UNKNOWN' },
    });
    expect(await readRefs(repositoryPath(dataDir(), app))).toHaveProperty('size', 1);
    expect(existsSync(join(dataDir(), 'repositories', 'shop.git'))).toBe(false);
  });

  it('looks at no repository for who may not rename', async () => {
    await pushed('refs/heads/main');
    const theirs = scratch.init('shop.git');
    scratch.commit(theirs, { file: 'theirs' });
    cpSync(theirs, repositoryPath(dataDir(), shop), { recursive: true });
    const requireRight = (_: unknown, name: unknown) => {
      if (name === shop) throw new Error('not yours');
    };
    const { stderr, code } = await line.octoWith({ remote: true, requireRight }, 'rename', 'app', 'shop');
    expect(code).not.toBe(0);
    expect(stderr).toContain('not yours');
    expect(stderr).not.toContain('E_RENAME_REPOSITORY');
  });

  /** The repository is made, and whoever made it is gone. */
  async function leaveUnnamed(): Promise<void> {
    const renaming = {
      from: app,
      to: shop,
      origin: { repository: app, ref: parseBranchRef('refs/heads/main') },
    };
    const refs = await readRefs(repositoryPath(dataDir(), app));
    await prepareRenamed(dataDir(), renaming, refs, new AbortController().signal);
    const pid = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    const folder = join(dataDir(), 'repositories');
    for (const name of readdirSync(folder).filter((one) => one.startsWith('.new-')))
      renameSync(join(folder, name), join(folder, name.replace(/^\.new-\d+-/, `.new-${pid}-`)));
  }

  it('takes along what the rename before it did not come to', async () => {
    await pushed('refs/heads/main');
    await leaveUnnamed();
    const engine = line.engine();
    await engine.rename(app, shop, testOperation());
    await engine.close();
    expect((await line.octo('rename', 'shop', 'store')).code).toBe(0);
    expect(readdirSync(join(dataDir(), 'repositories'))).toEqual(['store.git']);
    const refs = await readRefs(repositoryPath(dataDir(), parseSiteName('store')));
    expect([...refs.keys()]).toContain('refs/heads/main');
  });

  it('that is ended later says what it cannot do for the repository', async () => {
    await pushed('refs/heads/main');
    await leaveUnnamed();
    const engine = line.engine();
    await engine.rename(app, shop, testOperation());
    await engine.close();
    const mark = JSON.stringify({ site: app, to: shop, deploy: 'd' });
    await line.roles.store.transact([{ kind: 'set', key: keys.rename(app), value: mark }]);
    rmSync(join(repositoryPath(dataDir(), app), 'HEAD'));
    const { stderr, code } = await line.octo('rename', 'app', 'shop');
    expect(code).toBe(0);
    expect(stderr).toContain('its repository is not there yet');
  });
});
