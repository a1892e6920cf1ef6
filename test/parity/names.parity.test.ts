/** Bugs of the original in which a name meant more than itself. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sshCommand } from '../../cli/dev/instance-files.ts';
import { portsOf } from '../helpers/inspection.ts';
import { done, get, page, type Ran, ran } from '../helpers/private-instance.ts';
import { parityLab, refused } from './lab.ts';

const lab = parityLab();
const urlOf = (site: string) => lab.host.instance.pushUrl.replace('{site}', site);
const repositories = () => readdir(join(lab.host.dir, 'i/data/repositories'));

describe('bug 2: old containers were found by the beginning of their name', () => {
  const neighbours = ['app-feature', 'app2', 'app_data'];
  const picture = () =>
    Promise.all(
      neighbours.map(async (site) => [
        (await lab.seen.only(site)).Id,
        await lab.body(site.replace('_', '-')),
      ]),
    );

  it('a push to app, its stop and its removal leave app-feature, app2 and app_data alone', async () => {
    await lab.push('app', page('the app'));
    for (const site of neighbours) await lab.octo('deploy', site, await lab.host.folder(page(site)));
    const before = await picture();
    expect(before.map(([, body]) => body)).toEqual(neighbours);
    await lab.push('app', page('the app again'));
    await lab.seen.only('app');
    expect(await picture()).toEqual(before);
    await lab.octo('stop', 'app');
    expect(await lab.seen.containers('app')).toEqual([]);
    expect(await picture()).toEqual(before);
    await lab.octo('remove', 'app', '--yes', '--volumes');
    expect(await picture()).toEqual(before);
  });
});

describe('bug 3: a deleted branch wiped the source and left the rest', () => {
  it('its containers, service and route go; the repository and its other branches stay', async () => {
    await lab.push('shop', page('main'));
    await lab.push('shop', page('feature'), 'HEAD:feature');
    const main = await lab.seen.only('shop');
    const [port] = portsOf(await lab.seen.only('shop-feature'));
    expect(await lab.nginxConf()).toContain(`127.0.0.1:${port}`);
    await done(lab.host.git('shop', 'push', urlOf('shop'), ':feature'));
    await lab.seen.settled('shop-feature', 0);
    expect(await lab.seen.services('shop-feature')).toEqual([]);
    expect((await lab.host.get('shop-feature')).status).toBe(503);
    expect(await lab.nginxConf()).not.toContain(`127.0.0.1:${port}`);

    expect((await lab.seen.only('shop')).Id).toBe(main.Id);
    expect(await lab.body('shop')).toBe('main');
    const clone = join(lab.host.dir, 'shop-clone');
    await done(lab.host.git('shop', 'clone', '-q', urlOf('shop'), clone));
    expect(existsSync(join(clone, 'Dockerfile'))).toBe(true);
  });

  it('the source is not wiped: pushed again, the branch is back without a build', async () => {
    const pushed = await done(lab.host.git('shop', 'push', urlOf('shop'), 'HEAD:feature'));
    expect(pushed.stderr).toContain('nothing to build');
    expect(await lab.body('shop-feature')).toBe('feature');
  });
});

describe('bug 8: a line of CNAME was written into nginx as it came', () => {
  const evil = 'x.test; return 301 http://evil.test;';
  const lines = [evil, '*.localhost', 'x.test{'];

  it('what is no plain host name is refused, and nothing of it is configuration', async () => {
    const before = await lab.nginxConf();
    for (const line of lines) {
      const said = await refused(lab.host.push('bad', { ...page('bad'), CNAME: `good.test\n${line}` }));
      expect(said, line).toMatch(/E_DOMAIN/);
    }
    expect(await lab.nginxConf()).toBe(before);
    expect((await get(lab.host.instance, 'good.test')).status).toBe(404);
  });

  it('by no other way either: domains:set, config:set, the key in the store', async () => {
    await lab.push('good', page('good'));
    const before = await lab.nginxConf();
    expect(await refused(lab.host.octo('domains:set', 'good', evil))).toContain('E_DOMAIN');
    expect(await refused(lab.host.octo('config:set', 'good', `DOMAINS=${evil}`))).toContain(
      'E_SETTING_VALUE',
    );
    await lab.seen.store('octohost/good/DOMAINS', evil);
    expect(await refused(lab.host.octo('reload', 'good'))).toContain('E_SETTINGS');
    expect(await lab.nginxConf()).toBe(before);
    // Other sites hear nothing of it.
    await lab.octo('reload', 'shop');
    expect(await lab.body('good')).toBe('good');
    expect(await lab.nginxConf()).not.toContain('evil');
  });
});

describe("bug 11: a repository's name was a path and a command", () => {
  const marker = () => join(lab.host.dir, 'owned');
  const push = (path: string) => lab.host.ssh(`git-receive-pack '${path}'`, { input: '' });

  it('../x.git writes nothing outside', async () => {
    const before = [
      await repositories(),
      await readdir(join(lab.host.dir, 'i/data')),
      await readdir(lab.host.dir),
    ];
    for (const path of ['../x.git', 'shop.git/../../x.git', '/tmp/octo-x.git'])
      expect(await refused(push(path)), path).toContain('E_DOOR_REPOSITORY');
    expect([
      await repositories(),
      await readdir(join(lab.host.dir, 'i/data')),
      await readdir(lab.host.dir),
    ]).toEqual(before);
    expect(existsSync('/tmp/octo-x.git')).toBe(false);
  });

  it('x$(…).git runs nothing', async () => {
    const words = [`$(touch ${marker()})`, `;touch ${marker()};`, `\ntouch ${marker()}\n`];
    for (const word of words)
      expect(await refused(push(`x${word}.git`)), word).toContain('E_DOOR_REPOSITORY');
    expect(existsSync(marker())).toBe(false);
  });

  it('.*.git touches no container', async () => {
    const before = (await lab.seen.containers()).map(({ Id }) => Id);
    for (const path of ['.*.git', '*', '.git'])
      expect(await refused(push(path)), path).toContain('E_DOOR_REPOSITORY');
    expect((await lab.seen.containers()).map(({ Id }) => Id)).toEqual(before);
  });

  it('a mistyped git ls-remote creates no repository', async () => {
    const before = await repositories();
    for (const words of [['ls-remote'], ['clone', '-q'], ['push', '--dry-run']])
      await lab.host.git('shop', ...words, urlOf('shpo'), ...(words[0] === 'push' ? ['HEAD'] : []));
    expect(await repositories()).toEqual(before);
    expect((await lab.octo('sites')).split('\n')).not.toContain('shpo');
  });

  it('a key that may push to one site can neither push to another nor clone it', async () => {
    const key = join(lab.host.dir, 'alice');
    await done(ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]));
    await done(lab.host.ssh('keys:add alice --site shop', { input: await readFile(`${key}.pub`) }));
    const as = (...words: string[]): Promise<Ran> => {
      const { instance, dir } = lab.host;
      const ssh = sshCommand({ ...instance, ssh: { ...instance.ssh, identity: key } });
      return ran('git', words, {
        cwd: join(dir, 'repositories/shop'),
        env: { ...process.env, GIT_SSH_COMMAND: ssh },
      });
    };
    expect(await refused(as('push', urlOf('good'), 'HEAD:main'))).toContain('may not deploy "good"');
    expect(await refused(as('clone', '-q', urlOf('good'), join(lab.host.dir, 'stolen')))).toContain(
      'may not read "good"',
    );
    expect(await lab.body('good')).toBe('good');
    await done(as('ls-remote', urlOf('shop')));
  });

  it('a tag is no site', async () => {
    await lab.host.git('shop', 'tag', 'v1');
    const before = await lab.octo('sites');
    const pushed = await done(lab.host.git('shop', 'push', urlOf('shop'), 'v1'));
    expect(pushed.stderr).toContain('nothing is deployed of it');
    expect(await refused(lab.host.git('shop', 'push', urlOf('tagged'), 'v1'))).toContain('E_PUSH_NOTHING');
    expect(await lab.octo('sites')).toBe(before);
  });

  it('ssh://host:port/name.git and host:name.git both work', async () => {
    expect(urlOf('shop')).toMatch(/^ssh:\/\/[^/]+:\d+\/shop\.git$/);
    await done(lab.host.git('shop', 'ls-remote', urlOf('shop')));
    const { port, user } = lab.host.instance.ssh;
    const env = { ...process.env, GIT_SSH_COMMAND: `${sshCommand(lab.host.instance)} -p ${port}` };
    for (const address of [
      `${user}@127.0.0.1:shop.git`,
      `${user}@127.0.0.1:/shop.git`,
      `${user}@127.0.0.1:shop`,
    ])
      await done(ran('git', ['ls-remote', address], { env }));
  });
});
