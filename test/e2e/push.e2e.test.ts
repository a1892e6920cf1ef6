/** git push, and it is live: real git over real ssh, a real engine, a real nginx. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, type PrivateInstance, page, privateInstance, ran } from '../helpers/private-instance.ts';

let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
});
afterAll(() => host?.dispose());

const releases = async (site: string): Promise<number[]> => {
  const { stdout } = await host.octo('releases', site, '--json');
  return (JSON.parse(stdout) as { releases: { number: number }[] }).releases.map(({ number }) => number);
};

describe('git push', () => {
  it('makes a site, shows each step, and says where it answers', async () => {
    const pushed = await host.push('hello', page('one'));
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    for (const step of ['receive', 'build', 'start', 'register', 'prepare', 'apply'])
      expect(pushed.stderr).toMatch(new RegExp(`remote: -+> ${step}`));
    expect(pushed.stderr).toContain('remote: Your site is available at: http://hello.localhost');
    expect(await host.get('hello')).toEqual({ status: 200, body: 'one' });
  });

  it('of a change answers with the change when it returns', async () => {
    await host.push('hello', page('two'));
    expect((await host.get('hello')).body).toBe('two');
    expect(await releases('hello')).toEqual([1, 2]);
  });

  it.each([
    { what: 'without a Dockerfile', files: { Dockerfile: null }, says: 'E_NO_BUILDER' },
    {
      what: 'whose build fails',
      files: { Dockerfile: 'FROM octohost/busybox:1\nRUN echo broken pipework && false\n' },
      says: 'broken pipework',
    },
    {
      what: 'whose Dockerfile is no Dockerfile',
      files: { Dockerfile: 'FRMO scratch\n' },
      says: 'E_DOCKERFILE',
    },
    {
      what: 'whose program exits at once',
      files: { Dockerfile: command('echo cannot go on; exit 7') },
      says: 'container: cannot go on',
    },
    {
      what: 'with a CNAME that is configuration',
      files: { ...page('x'), CNAME: 'x.com; return 301 http://evil;' },
      says: 'E_DOMAIN',
    },
  ])('$what is refused, says why, and the old version serves on', async ({ files, says }) => {
    const before = await releases('hello');
    const pushed = await host.push('hello', files);
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain(says);
    expect(pushed.stderr).toContain('remote rejected');
    expect((await host.get('hello')).body).toBe('two');
    expect(await releases('hello')).toEqual(before);
    const remote = await host.git('hello', 'ls-remote', host.instance.pushUrl.replace('{site}', 'hello'));
    const local = await host.git('hello', 'rev-parse', 'main');
    expect(remote.stdout).not.toContain(local.stdout.trim());
  });

  it('of a port that never answers is given up after the time that the site allows', async () => {
    await host.octo('config:set', 'silent/OCTO_CHECK_TIMEOUT', '2');
    const pushed = await host.push('silent', { Dockerfile: command('sleep 1000') });
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain('E_CHECK_SILENT');
    expect(pushed.stderr).toContain('within 2 s');
  });

  it('of another branch is another site, and neither touches the other', async () => {
    await host.git('hello', 'checkout', '-q', '-b', 'Feature/x');
    const pushed = await host.push('hello', { ...page('feature'), CNAME: null }, 'Feature/x');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect((await host.get('hello-feature-x')).body).toBe('feature');
    expect((await host.get('hello')).body).toBe('two');
  });

  it('to a name that is none leaves nothing', async () => {
    await host.push('good', page('good'));
    for (const name of ['../x', 'x$(touch owned)', '.*', 'UPPER']) {
      const pushed = await host.git('good', 'push', host.instance.pushUrl.replace('{site}', name), 'main');
      expect(pushed.code).not.toBe(0);
    }
    const repositories = await ran('ls', ['-A', `${host.dir}/i/data/repositories`]);
    expect(repositories.stdout.trim().split('\n')).toEqual(['good.git', 'hello.git']);
  });

  it('with a key that nobody added is denied', async () => {
    const key = `${host.dir}/stranger`;
    await ran('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const asked = await host.ssh('id', { key });
    expect(asked.code).toBe(255);
    expect(asked.stderr).toContain('Permission denied');
  });

  it('and octo, is all that a key is good for', async () => {
    const asked = await host.ssh('id; touch owned');
    expect(asked.code).toBe(77);
    expect(asked.stderr).toMatch(/^octohost: .*\n$/);
  });

  it('of the same commit makes the site again after it was removed', async () => {
    await host.push('again', page('again'));
    expect(await host.octo('remove', 'again', '--yes')).toMatchObject({ code: 0 });
    expect((await host.get('again')).status).toBe(404);
    const pushed = await host.git('again', 'push', host.instance.pushUrl.replace('{site}', 'again'), 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect((await host.get('again')).body).toBe('again');
  });

  it('of two people at once: the second is told to fetch first, and what serves is what git has', async () => {
    await host.push('race', page('base'));
    const url = host.instance.pushUrl.replace('{site}', 'race');
    await host.git('race', 'branch', 'other');
    await host.push('race', page('first'), 'HEAD:refs/heads/unused-first');
    await host.git('race', 'checkout', '-q', 'other');
    await host.push('race', page('second'), 'HEAD:refs/heads/unused-second');
    const both = await Promise.all([
      host.git('race', 'push', url, 'main'),
      host.git('race', 'push', url, 'other:main'),
    ]);
    expect(both.map(({ code }) => code).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect(both.find(({ code }) => code === 1)?.stderr).toMatch(/fetch first|non-fast-forward/);
    const [winner] = both[0]?.code === 0 ? ['main'] : ['other'];
    const remote = (await host.git('race', 'ls-remote', url, 'refs/heads/main')).stdout.split('\t')[0];
    expect(remote).toBe((await host.git('race', 'rev-parse', winner)).stdout.trim());
    expect((await host.get('race')).body).toBe(winner === 'main' ? 'first' : 'second');
    expect(await releases('race')).toEqual([1, 2]);
  });

  it('to a new site by two people at once leaves one whole repository', async () => {
    await host.push('good', page('good'));
    const url = host.instance.pushUrl.replace('{site}', 'brand-new');
    const push = () => host.git('good', 'push', url, 'main');
    const both = await Promise.all([push(), push()]);
    expect(both.some(({ code }) => code === 0)).toBe(true);
    for (const { stderr } of both.filter(({ code }) => code !== 0)) expect(stderr).toContain('E_PUSH_MOVED');
    expect(await push()).toMatchObject({ code: 0 });
    expect(await releases('brand-new')).toEqual([1]);
  });

  it('that deletes the branch of a site stops it, and pushing it again brings it back without a build', async () => {
    const url = host.instance.pushUrl.replace('{site}', 'good');
    const deleted = await host.git('good', 'push', url, ':main');
    expect(deleted, deleted.stderr).toMatchObject({ code: 0 });
    expect((await host.get('good')).status).toBe(503);
    const pushed = await host.git('good', 'push', url, 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).toContain('nothing to build');
    expect((await host.get('good')).status).toBe(200);
  });

  it('can be cloned again', async () => {
    const cloned = await host.git(
      'hello',
      'clone',
      '-q',
      host.instance.pushUrl.replace('{site}', 'hello'),
      `${host.dir}/clone`,
    );
    expect(cloned, cloned.stderr).toMatchObject({ code: 0 });
    const seen = await host.git('hello', 'ls-remote', host.instance.pushUrl.replace('{site}', 'hello'));
    expect(seen.stdout).not.toContain('refs/octohost');
  });
});
