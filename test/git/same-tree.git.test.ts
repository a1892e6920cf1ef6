/** The tree that is already current: a new release, live at once, nothing built and nothing started. */
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';

const lab = gitLab();

async function site(name: string) {
  const client = await lab.client();
  await client.commit(page(name));
  expect(await client.push(name, 'main')).toMatchObject({ code: 0 });
  return { client, containers: await lab.containers(name), images: await lab.images(name) };
}

describe('a push of the tree that is current', () => {
  it.each([
    ['an empty commit', ['commit', '-q', '--allow-empty', '-m', 'Nothing'], ['main']],
    ['an amended commit', ['commit', '-q', '--amend', '-m', 'Other words'], ['--force', 'main']],
  ])('%s: the same instances serve it, as a release of its own', async (what, commit, words) => {
    const name = what.replaceAll(' ', '-');
    const { client, containers, images } = await site(name);
    await client.git(...commit);
    const pushed = await client.push(name, ...words);
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).not.toContain('-----> build');
    expect(await lab.site(name)).toMatchObject({ current: 2, state: 'up' });
    expect((await lab.site(name))?.releases[1]?.revision).toBe(await client.revision());
    expect(await lab.containers(name)).toEqual(containers);
    expect(await lab.images(name)).toEqual(images);
    expect(await lab.body(name)).toBe(name);
  });

  it('is built all the same with -o force', async () => {
    const { client } = await site('again');
    await client.git('commit', '-q', '--allow-empty', '-m', 'Nothing');
    const pushed = await client.push('again', '-o', 'force', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).toContain('-----> build');
    expect(await lab.site('again')).toMatchObject({ current: 2 });
  });

  it('is built where a tree came between', async () => {
    const { client } = await site('between');
    await client.commit(page('other'));
    await client.push('between', 'main');
    await client.commit(page('between'));
    const pushed = await client.push('between', 'main');
    expect(pushed.stderr).toContain('-----> build');
    expect(await lab.body('between')).toBe('between');
  });

  it('gets new instances where the configuration was changed since, still without a build', async () => {
    const { client, containers } = await site('configured');
    await lab.octo(['config:set', 'configured/COLOUR', 'red', '--no-deploy']);
    await client.git('commit', '-q', '--allow-empty', '-m', 'Nothing');
    const pushed = await client.push('configured', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).not.toContain('-----> build');
    const now = (await lab.engine.instances('configured' as never)).map(({ id }) => id);
    expect(containers).not.toContain(now[0]);
  });

  it('to another branch is another site with instances of its own', async () => {
    const { client } = await site('copied');
    const pushed = await client.push('copied', 'main:next');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('copied-next')).toBe('copied');
  });
});
