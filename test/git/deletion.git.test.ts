/** A branch is deleted: its site ends where the branch was what deployed it; nothing that it owns is lost. */
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';

const lab = gitLab();

const withVolume = (text: string) => {
  const files = page(text);
  return { ...files, Dockerfile: files['Dockerfile']?.replace('EXPOSE', 'VOLUME /data\nEXPOSE') ?? '' };
};

describe('the deletion of the branch that deployed the site', () => {
  it.each(['main', 'next'])(
    '%s stops and unroutes it; configuration, releases and volumes stay',
    async (branch) => {
      const site = branch === 'main' ? 'gone' : 'gone-next';
      const client = await lab.client();
      await client.commit(withVolume('here'));
      await client.push('gone', `HEAD:refs/heads/${branch}`);
      await lab.octo(['config:set', `${site}/COLOUR`, 'red']);
      const volumes = await lab.engine.volumes(site as never);
      expect(volumes).toHaveLength(1);
      const releases = (await lab.site(site))?.releases;
      const pushed = await client.push('gone', `:refs/heads/${branch}`);
      expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
      expect(pushed.stderr).toMatch(new RegExp(`remote: .*${site}.*stop`, 'i'));
      expect([404, 503]).toContain((await lab.host.get(site)).status);
      const status = JSON.parse((await lab.octo(['status', site, '--json'])).stdout);
      expect(status).toMatchObject({ state: 'stopped' });
      expect((await lab.site(site))?.releases).toEqual(releases);
      expect((await lab.octo(['config:get', `${site}/COLOUR`])).stdout).toBe('red\n');
      expect(await lab.engine.volumes(site as never)).toEqual(volumes);
      await expect.poll(() => lab.containers(site), { timeout: 30_000 }).toEqual([]);
    },
  );

  it('is undone by pushing the branch again, without a build', async () => {
    const client = await lab.client();
    await client.commit(page('back'));
    await client.push('back', 'main');
    expect(await client.push('back', ':main')).toMatchObject({ code: 0 });
    const pushed = await client.push('back', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).not.toContain('-----> build');
    expect(await lab.body('back')).toBe('back');
    expect(await lab.site('back')).toMatchObject({ state: 'up' });
  });

  it('with another branch for the site in the same push is a take-over', async () => {
    const client = await lab.client();
    await client.commit(page('one'));
    await client.push('over', 'main');
    await client.commit(page('two'));
    const pushed = await client.push('over', ':main', 'HEAD:refs/heads/master');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('over')).toBe('two');
    expect(await lab.site('over')).toMatchObject({ state: 'up', current: 2 });
    expect(await lab.refs('over')).not.toHaveProperty('refs/heads/main');
  });

  it('does not happen where another branch of the same push fails', async () => {
    const client = await lab.client();
    await client.commit(page('stays'));
    await client.push('stays', 'main', 'main:next');
    await client.commit({ Dockerfile: 'FROM octohost/busybox:1\nRUN false\n' });
    const pushed = await client.push('stays', ':next', 'main');
    expect(pushed.code).toBe(1);
    expect([await lab.body('stays'), await lab.body('stays-next')]).toEqual(['stays', 'stays']);
  });

  it('happens together with a deploy that succeeds', async () => {
    const client = await lab.client();
    await client.commit(page('one'));
    await client.push('both', 'main', 'main:next');
    await client.commit(page('two'));
    const pushed = await client.push('both', ':next', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('both')).toBe('two');
    expect(await lab.site('both-next')).toMatchObject({ state: 'stopped' });
  });
});

describe('the deletion of another branch', () => {
  it('that the site was taken over from changes nothing', async () => {
    const client = await lab.client();
    await client.commit(page('main'));
    await client.push('spare', 'main');
    await client.commit(page('master'));
    await client.push('spare', 'HEAD:refs/heads/master');
    const before = (await lab.facts()).sites;
    const containers = await lab.containers('spare');
    const pushed = await client.push('spare', ':main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect((await lab.facts()).sites).toEqual(before);
    expect(await lab.body('spare')).toBe('master');
    await expect.poll(() => lab.containers('spare'), { timeout: 30_000 }).toHaveLength(1);
    expect(containers).toEqual(expect.arrayContaining(await lab.containers('spare')));
  });

  it('that is not there is what git makes of it', async () => {
    const client = await lab.client();
    await client.commit(page('none'));
    await client.push('none', 'main');
    const pushed = await client.push('none', ':refs/heads/never');
    expect(pushed.stderr).toMatch(/never/);
    expect(await lab.body('none')).toBe('none');
  });

  it('of a site that was never pushed leaves nothing', async () => {
    const client = await lab.client();
    await client.commit(page('x'));
    const pushed = await client.push('nowhere', ':main');
    expect(pushed.code).toBe(1);
    expect((await lab.repositories()).filter((name) => name === 'nowhere' || name.startsWith('.'))).toEqual(
      [],
    );
  });
});
