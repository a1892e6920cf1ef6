/** Which site a branch means, and what cannot stand side by side. */
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';

const lab = gitLab();

async function clientWith(text: string, ...branches: string[]) {
  const client = await lab.client();
  await client.commit(page(text));
  for (const branch of branches) await client.git('branch', branch);
  return client;
}

/** The refusal came before any work, and says why. */
function expectEarly(pushed: { code: number; stderr: string }, ...says: (RegExp | string)[]) {
  expect(pushed.code).toBe(1);
  for (const words of says) expect(pushed.stderr).toMatch(words);
  expect(pushed.stderr).not.toContain('-----> build');
  expect(pushed.stderr).toContain('Try this:');
}

describe('a branch beside a branch that is its folder', () => {
  it.each([
    ['feature', 'feature/x'],
    ['feature/x', 'feature'],
  ])('%s, then %s, is refused', async (one, two) => {
    const site = one === 'feature' ? 'beside' : 'above';
    const client = await clientWith('x');
    expect(await client.push(site, `main:refs/heads/${one}`)).toMatchObject({ code: 0 });
    expectEarly(await client.push(site, `main:refs/heads/${two}`), 'E_PUSH_BESIDE', /feature\/x/);
  });

  it('both in one push are refused', async () => {
    const client = await clientWith('x');
    const pushed = await client.push('one-push', 'main:refs/heads/a', 'main:refs/heads/a/b');
    expectEarly(pushed, 'E_PUSH_BESIDE');
    expect(await lab.repositories()).not.toContain('one-push');
  });

  it('is refused where the same push deletes the other: git may make the new one first', async () => {
    const client = await clientWith('x');
    await client.push('swap', 'main:refs/heads/a');
    const pushed = await client.push('swap', ':refs/heads/a', 'main:refs/heads/a/b');
    expectEarly(pushed, 'E_PUSH_BESIDE');
    expect(await lab.body('swap-a')).toBe('x');
  });

  it('is found for tags as well, before a branch is deployed', async () => {
    const client = await clientWith('x');
    await client.push('tagged', 'main', 'main:refs/tags/v1');
    await client.commit(page('y'));
    const pushed = await client.push('tagged', 'main', 'main:refs/tags/v1/rc');
    expectEarly(pushed, 'E_PUSH_BESIDE');
    expect(await lab.body('tagged')).toBe('x');
  });
});

describe('main and master', () => {
  it.each([
    ['main', 'master'],
    ['master', 'main'],
  ])('mean the site: after %s, %s alone takes over and says so', async (one, two) => {
    const client = await clientWith('one');
    const site = `took-${two}`;
    await client.push(site, `HEAD:refs/heads/${one}`);
    await client.commit(page('two'));
    const pushed = await client.push(site, `HEAD:refs/heads/${two}`);
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).toMatch(
      new RegExp(`^remote: .*branch ${one}\\b.*from now on.*branch ${two}\\b`, 'm'),
    );
    expect(await lab.body(site)).toBe('two');
    expect((await lab.site(site))?.releases).toHaveLength(2);
  });

  it('in one push are refused', async () => {
    const client = await clientWith('x', 'master');
    expectEarly(await client.push('pair', 'main', 'master'), 'E_PUSH_SAME_SITE', /main/, /master/);
  });
});

describe('another branch', () => {
  it.each([
    ['next', 'names-next'],
    ['Feature/Login', 'names-feature-login'],
    ['with_underscore', 'names-with_underscore'],
  ])('%s is the site %s', async (branch, site) => {
    const client = await clientWith(branch);
    const pushed = await client.push('names', `HEAD:refs/heads/${branch}`);
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body(site.replaceAll('_', '-'))).toBe(branch);
    expect(await lab.site(site)).toMatchObject({ current: 1 });
  });

  it('a/b and a-b mean one site: in one push they are refused', async () => {
    const client = await clientWith('x');
    const pushed = await client.push('slash', 'main:refs/heads/a/b', 'main:refs/heads/a-b');
    expectEarly(pushed, 'E_PUSH_SAME_SITE', /a\/b/, /a-b/);
  });

  it.each([
    ['a/b', 'a-b'],
    ['A', 'a'],
  ])('%s, then %s, is refused, and names the branch that is there', async (one, two) => {
    const client = await clientWith('x');
    const site = `then-${two}`;
    await client.push(site, `main:refs/heads/${one}`);
    await client.commit(page('y'));
    expectEarly(await client.push(site, `main:refs/heads/${two}`), new RegExp(`\\b${one}\\b`));
    expect(await lab.body(`${site}-${two}`)).toBe('x');
  });

  it.each(['ä', 'x--y', 'x.y', 'a'.repeat(70)])(
    '%s makes no name of a site, and is refused',
    async (branch) => {
      const client = await clientWith('x');
      expectEarly(await client.push('odd', `main:refs/heads/${branch}`), /E_PUSH_NAME|E_REF/);
      expect(await lab.repositories()).not.toContain('odd');
    },
  );
});

describe('a site foo-bar and a branch bar of foo', () => {
  it('cannot both be: the site was first', async () => {
    const client = await clientWith('site');
    await client.push('foo-bar', 'main');
    expectEarly(await client.push('foo', 'main:refs/heads/bar'), 'foo-bar');
    expect(await lab.body('foo-bar')).toBe('site');
    expect(await lab.repositories()).not.toContain('foo');
  });

  it('cannot both be: the branch was first', async () => {
    const client = await clientWith('branch');
    await client.push('far', 'main:refs/heads/bar');
    expectEarly(await client.push('far-bar', 'main'), 'far-bar');
    expect(await lab.body('far-bar')).toBe('branch');
    expect(await lab.repositories()).not.toContain('far-bar');
  });
});

describe('several branches in one push', () => {
  it('are one transaction: all become current', async () => {
    const client = await clientWith('main');
    await client.git('checkout', '-q', '-b', 'next');
    await client.commit(page('next'));
    const pushed = await client.push('all', 'main', 'next');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect([await lab.body('all'), await lab.body('all-next')]).toEqual(['main', 'next']);
    expect(pushed.stderr).toMatch(/^remote: \[all-next\] -----> build/m);
  });

  it('are one transaction: one that fails to build keeps all from becoming current', async () => {
    const client = await clientWith('old');
    await client.push('none', 'main');
    await client.commit(page('new'));
    await client.git('checkout', '-q', '-b', 'next');
    await client.commit({ Dockerfile: 'FROM octohost/busybox:1\nRUN false\n' });
    const pushed = await client.push('none', 'main', 'next');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain('E_BUILD_FAILED');
    expect(pushed.stderr.match(/\[remote rejected\]/g)).toHaveLength(2);
    expect(await lab.body('none')).toBe('old');
    expect(await lab.site('none-next')).toBeUndefined();
    expect(await lab.containers('none')).toHaveLength(1);
  });
});
