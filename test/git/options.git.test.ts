/** Push options: `git push -o …`. */
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';

const lab = gitLab();

async function site(name: string) {
  const client = await lab.client();
  await client.commit(page('old'));
  expect(await client.push(name, 'main')).toMatchObject({ code: 0 });
  await client.commit(page('new'));
  return client;
}

describe('-o plan', () => {
  it('says what would happen, changes nothing, and is no push', async () => {
    const client = await site('planned');
    const before = { containers: await lab.containers('planned'), images: await lab.images('planned') };
    const pushed = await client.push('planned', '-o', 'plan', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toMatch(/^remote: .*planned/m);
    expect(pushed.stderr).toMatch(/^remote: .*(?:nothing was changed|changed nothing|plan)/im);
    expect(pushed.stderr).not.toContain('-----> start');
    expect(await lab.body('planned')).toBe('old');
    const after = { containers: await lab.containers('planned'), images: await lab.images('planned') };
    expect(after).toEqual(before);
    expect(await client.push('planned', 'main')).toMatchObject({ code: 0 });
    expect(await lab.body('planned')).toBe('new');
  });

  it('for a new name leaves nothing', async () => {
    const client = await lab.client();
    await client.commit(page('x'));
    const pushed = await client.push('unborn', '-o', 'plan', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toMatch(/^remote: .*unborn/m);
    expect(pushed.stderr).not.toContain('unknown push option');
    expect((await lab.repositories()).filter((name) => name === 'unborn' || name.startsWith('.'))).toEqual(
      [],
    );
    expect(await lab.images('unborn')).toEqual([]);
  });

  it('of a push that would be refused says so', async () => {
    const client = await lab.client();
    await client.commit(page('x'));
    const pushed = await client.push('unborn', '-o', 'plan', 'main', 'main:master');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain('E_PUSH_SAME_SITE');
  });
});

describe('-o message', () => {
  it.each(['For the sale', `it's "so" & <b> $(x) ; \\n`, 'ünï ☃'])(
    '%s stands beside the release',
    async (message) => {
      const client = (await lab.site('told')) ? await lab.client() : await site('told');
      await client.commit(page(message));
      const pushed = await client.push('told', '--force', '-o', `message=${message}`, 'main');
      expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
      expect((await lab.octo(['releases', 'told'])).stdout).toContain(message);
      const { releases } = JSON.parse((await lab.octo(['releases', 'told', '--json'])).stdout);
      expect(releases.at(-1)).toMatchObject({ message });
    },
  );

  it.each([
    ['none', 'message'],
    ['far too long', `message=${'x'.repeat(5000)}`],
  ])('that is %s is refused', async (_, option) => {
    const client = await lab.client();
    await client.commit(page('x'));
    const pushed = await client.push('untold', '-o', option, 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain('Try this:');
    expect(await lab.repositories()).not.toContain('untold');
  });
});

describe('other options', () => {
  it.each(['plann', 'force=yes', '--all'])('%s is refused, and the known ones are named', async (option) => {
    const client = await lab.client();
    await client.commit(page('x'));
    const pushed = await client.push('unknown', '-o', option, 'main');
    expect(pushed.code).toBe(1);
    for (const known of ['plan', 'force', 'message=', 'cancel-on-drop'])
      expect(pushed.stderr).toContain(known);
    expect(pushed.stderr).not.toContain('-----> build');
    expect(await lab.repositories()).not.toContain('unknown');
  });

  it('several go together', async () => {
    const client = await site('several');
    const options = ['force', 'message=All of them', 'cancel-on-drop'].flatMap((one) => ['-o', one]);
    const pushed = await client.push('several', ...options, 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('several')).toBe('new');
    expect((await lab.octo(['releases', 'several'])).stdout).toContain('All of them');
  });
});
