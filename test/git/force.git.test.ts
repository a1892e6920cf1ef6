/** History that is rewritten, and git's own switches for it. */
import { describe, expect, it } from 'vitest';
import { page, ran } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';
import { connectRaw } from './raw-client.ts';

const lab = gitLab();

/** A site with one release, made where it is not there yet, and a client whose main has another history. */
async function diverged(site: string) {
  let old = (await lab.refs(site))['refs/heads/main'];
  if (!old) {
    const first = await lab.client();
    old = await first.commit(page('old'));
    await first.push(site, 'main');
  }
  const client = await lab.client();
  const revision = await client.commit(page('new'));
  return { old, client, revision };
}

/** Throws away what nothing keeps, and archives every release. */
async function collectGarbage(site: string): Promise<void> {
  const git = (...words: string[]) =>
    ran('git', ['-C', lab.path('i', 'data', 'repositories', `${site}.git`), ...words]);
  await git('reflog', 'expire', '--expire=now', '--all');
  expect(await git('gc', '-q', '--prune=now')).toMatchObject({ code: 0 });
  const releases = Object.keys(await lab.refs(site)).filter((ref) => ref.startsWith('refs/octohost/'));
  expect(releases.length).toBeGreaterThan(1);
  for (const ref of releases) expect(await git('archive', '-o', '/dev/null', ref)).toMatchObject({ code: 0 });
}

describe('a push that is no fast-forward', () => {
  it('is refused by git itself without --force', async () => {
    const { client } = await diverged('kept');
    const pushed = await client.push('kept', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toMatch(/! \[rejected\] +main -> main \((?:fetch first|non-fast-forward)\)/);
    expect(await lab.body('kept')).toBe('old');
  });

  it('is deployed with --force, and the old release can still be made again after gc', async () => {
    const { client, revision } = await diverged('forced');
    const pushed = await client.push('forced', '--force', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('forced')).toBe('new');
    expect((await lab.refs('forced'))['refs/heads/main']).toBe(revision);
    await collectGarbage('forced');
  });

  it('is deployed with a + before the ref', async () => {
    const { client } = await diverged('plus');
    expect(await client.push('plus', '+main')).toMatchObject({ code: 0 });
    expect(await lab.body('plus')).toBe('new');
  });

  it('is deployed when a client just sends it, as on the wire nothing tells it from --force', async () => {
    const { client, old, revision } = await diverged('raw');
    const raw = await connectRaw(lab, 'raw');
    const change = { ref: 'refs/heads/main', before: old, after: revision };
    const answer = await raw.send([change], client.path);
    expect(answer).toMatchObject({ unpack: 'ok', refs: { 'refs/heads/main': 'ok' } });
    await raw.leave();
    expect(await lab.body('raw')).toBe('new');
  });

  it('is deployed with --force-with-lease where the lease is right, refused where it is not', async () => {
    const { client, old, revision } = await diverged('lease');
    const wrong = await client.push('lease', `--force-with-lease=main:${revision}`, 'main');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('stale info');
    const right = await client.push('lease', `--force-with-lease=main:${old}`, 'main');
    expect(right, right.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('lease')).toBe('new');
  });
});

describe('--atomic', () => {
  it('moves nothing when one branch is no fast-forward', async () => {
    const { client } = await diverged('kept');
    await client.git('branch', 'next');
    const pushed = await client.push('kept', '--atomic', 'main', 'next');
    expect(pushed.code).toBe(1);
    expect(await lab.site('kept-next')).toBeUndefined();
  });

  it('moves all when all are good', async () => {
    const { client } = await diverged('whole');
    await client.git('branch', 'next');
    const pushed = await client.push('whole', '--atomic', '--force', 'main', 'next');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('whole-next')).toBe('new');
  });
});

describe('--dry-run', () => {
  it('changes nothing', async () => {
    const { client } = await diverged('kept');
    const before = await lab.facts();
    expect(await client.push('kept', '--dry-run', '--force', 'main')).toMatchObject({ code: 0 });
    expect(await lab.facts()).toEqual(before);
  });

  it('to a new name leaves nothing', async () => {
    const client = await lab.client();
    await client.commit(page('x'));
    expect(await client.push('never', '--dry-run', 'main')).toMatchObject({ code: 0 });
    expect((await lab.repositories()).filter((name) => name === 'never' || name.startsWith('.'))).toEqual([]);
  });
});

describe('all refs at once', () => {
  it('--all deploys every branch', async () => {
    const client = await lab.client();
    await client.commit(page('main'));
    await client.git('branch', 'next');
    const pushed = await client.push('every', '--all');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect([await lab.body('every'), await lab.body('every-next')]).toEqual(['main', 'main']);
  });

  it('--mirror deploys what is new, and stops the site of a branch that is gone', async () => {
    const client = await lab.client();
    await client.commit(page('main'));
    await client.git('tag', 'v1');
    await client.git('branch', 'next');
    expect(await client.push('mirror', '--mirror')).toMatchObject({ code: 0 });
    await client.git('branch', '-D', 'next');
    await client.commit(page('main again'));
    const pushed = await client.push('mirror', '--mirror');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('mirror')).toBe('main again');
    expect(await lab.site('mirror-next')).toMatchObject({ state: 'stopped' });
  });

  it('nothing new is no push', async () => {
    const client = await lab.client();
    await client.commit(page('main'));
    await client.push('same', 'main');
    const before = await lab.facts();
    const pushed = await client.push('same', 'main');
    expect(pushed).toMatchObject({ code: 0 });
    expect(pushed.stderr).toContain('Everything up-to-date');
    expect(await lab.facts()).toEqual(before);
  });
});
