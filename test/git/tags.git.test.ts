/** Refs that are no branches: tags and notes are kept and deploy nothing, octohost's own are hidden, others refused. */
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { type Client, gitLab } from './lab.ts';
import { connectRaw, nothing } from './raw-client.ts';

const lab = gitLab();

const sites = new Map<string, { client: Client; revision: string }>();

/** A site with one release, whose client has a tag v1 that is not pushed. Made once for each name. */
async function site(name: string) {
  const made = sites.get(name);
  if (made) return made;
  const client = await lab.client();
  const revision = await client.commit(page(name));
  expect(await client.push(name, 'main')).toMatchObject({ code: 0 });
  await client.git('tag', '-a', '-m', 'A version', 'v1');
  sites.set(name, { client, revision });
  return { client, revision };
}

describe('tags', () => {
  it.each([
    ['v1', 'v1'],
    ['--tags', 'v2'],
    ['refs/tags/v3:refs/tags/other', 'other'],
  ])('alone (%s) are kept, and deploy nothing', async (words, tag) => {
    const { client } = await site('alone');
    await client.git('tag', 'v2');
    await client.git('tag', 'v3');
    if (words === '--tags') await client.git('tag', '-d', 'v3');
    const pushed = await client.push('alone', words);
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(pushed.stderr).toMatch(/^remote: .*nothing is deployed.*refs\/tags\//m);
    expect(pushed.stderr).not.toContain('----->');
    expect(await lab.refs('alone')).toHaveProperty([`refs/tags/${tag}`]);
    expect((await lab.site('alone'))?.releases).toHaveLength(1);
  });

  it('come along with a branch (--follow-tags), and a tag is never a site', async () => {
    const { client } = await site('follow');
    await client.commit(page('two'));
    await client.git('tag', '-a', '-m', 'A version', 'v2');
    const pushed = await client.push('follow', '--follow-tags', 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.refs('follow')).toHaveProperty('refs/tags/v2');
    expect(await lab.body('follow')).toBe('two');
    expect(await lab.engine.sites()).not.toContain('follow-v2');
  });

  it('stay away when the branch beside them is refused', async () => {
    const { client } = await site('beside');
    await client.commit({ Dockerfile: 'FROM octohost/busybox:1\nRUN false\n' });
    expect(await client.push('beside', 'main', 'v1')).toMatchObject({ code: 1 });
    expect(await lab.refs('beside')).not.toHaveProperty('refs/tags/v1');
  });

  it('can be moved and deleted', async () => {
    const { client } = await site('moved');
    await client.push('moved', 'v1');
    await client.git('tag', '-f', 'v1', 'HEAD');
    expect(await client.push('moved', '--force', 'v1')).toMatchObject({ code: 0 });
    expect(await client.push('moved', ':v1')).toMatchObject({ code: 0 });
    expect(await lab.refs('moved')).not.toHaveProperty('refs/tags/v1');
    expect(await lab.site('moved')).toMatchObject({ state: 'up', current: 1 });
  });

  it('as the first push are refused, and leave nothing', async () => {
    const client = await lab.client();
    await client.commit(page('x'));
    await client.git('tag', 'v1');
    const pushed = await client.push('only-tags', 'v1');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain('E_PUSH_NOTHING');
    expect(await lab.repositories()).not.toContain('only-tags');
  });
});

describe('other refs', () => {
  it('notes are kept like tags', async () => {
    const { client } = await site('notes');
    await client.git('notes', 'add', '-m', 'A remark');
    const pushed = await client.push('notes', 'refs/notes/*');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.refs('notes')).toHaveProperty('refs/notes/commits');
    expect((await lab.site('notes'))?.releases).toHaveLength(1);
  });

  it.each(['refs/for/main', 'refs/changes/01/1/1', 'refs/pull/1/head', 'refs/remotes/origin/main'])(
    '%s is refused, with a branch beside it too',
    async (ref) => {
      const client = await lab.client();
      await client.commit(page('other'));
      const alone = await client.push('other', `main:${ref}`);
      expect(alone.code).toBe(1);
      expect(alone.stderr).toContain(ref);
      expect(alone.stderr).toContain('Try this:');
      expect(await client.push('other', 'main', `main:${ref}`)).toMatchObject({ code: 1 });
      expect(await lab.repositories()).not.toContain('other');
    },
  );
});

describe('the refs of octohost itself', () => {
  it('are not shown: neither to who lists, clones and mirrors, nor to who pushes', async () => {
    const { client, revision } = await site('hidden');
    expect(await lab.refs('hidden')).toHaveProperty('refs/octohost/releases/hidden/1', revision);
    for (const version of [0, 2]) {
      const seen = await client.git('-c', `protocol.version=${version}`, 'ls-remote', lab.url('hidden'));
      expect(seen.stdout).not.toContain('octohost');
    }
    await client.git('clone', '-q', '--mirror', lab.url('hidden'), lab.path('mirror.git'));
    const cloned = await lab.clientOf(lab.path('mirror.git')).git('for-each-ref', '--format=%(refname)');
    expect(cloned.stdout).toBe('refs/heads/main\n');
    const raw = await connectRaw(lab, 'hidden');
    await raw.leave();
    expect(raw.refs).toEqual({ 'refs/heads/main': revision });
  });

  it('cannot be fetched by name', async () => {
    const { client } = await site('hidden');
    const fetched = await client.git('fetch', lab.url('hidden'), 'refs/octohost/releases/hidden/1');
    expect(fetched.code).not.toBe(0);
  });

  it.each(['refs/octohost/releases/hidden/7', 'refs/octohost/x'])('%s cannot be written', async (ref) => {
    const { client } = await site('hidden');
    await client.commit(page('own'));
    const pushed = await client.push('hidden', `HEAD:${ref}`);
    expect(pushed.code).toBe(1);
    expect(await lab.refs('hidden')).not.toHaveProperty(ref);
  });

  it('cannot be written or deleted by a client of one’s own either', async () => {
    const { client, revision } = await site('hidden');
    const ref = 'refs/octohost/releases/hidden/1';
    const after = await client.commit(page('two'));
    for (const change of [
      { ref, before: revision, after: nothing },
      { ref, before: revision, after },
      { ref: 'refs/octohost/releases/hidden/2', before: nothing, after },
    ]) {
      const raw = await connectRaw(lab, 'hidden');
      const answer = await raw.send([change], client.path);
      await raw.leave();
      expect(answer.refs[change.ref]).toMatch(/hidden ref|refused|declined/);
    }
    expect(await lab.refs('hidden')).toEqual({ 'refs/heads/main': revision, [ref]: revision });
  });

  it.each(['HEAD', 'refs/heads/../../x', 'config'])('nor can %s', async (ref) => {
    const { client } = await site('hidden');
    const after = await client.commit(page('x'));
    const before = await lab.facts();
    const raw = await connectRaw(lab, 'hidden');
    const answer = await raw.send([{ ref, before: nothing, after }], client.path);
    await raw.leave();
    expect(answer.refs[ref] ?? answer.unpack).not.toBe('ok');
    expect(await lab.facts()).toEqual(before);
  });
});
