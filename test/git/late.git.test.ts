/** What git itself refuses only after the hook has said yes, when the new version would serve: found before any work. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { page, ran } from '../helpers/private-instance.ts';
import { gitLab } from './lab.ts';
import { type Change, connectRaw, nothing } from './raw-client.ts';

const lab = gitLab();

const main = 'refs/heads/main';

async function site(name: string) {
  const client = await lab.client();
  const old = await client.commit(page('old'));
  expect(await client.push(name, 'main')).toMatchObject({ code: 0 });
  const revision = await client.commit(page('new'));
  return { client, old, revision };
}

/** Sends it, and expects that all of it was refused before a build, and that nothing changed. */
async function refused(name: string, repository: string, ...changes: Change[]): Promise<void> {
  const before = await lab.facts();
  const raw = await connectRaw(lab, name);
  const answer = await raw.send(changes, repository);
  await raw.leave();
  expect(answer.said).not.toContain('-----> build');
  for (const { ref } of changes) expect(answer.refs[ref] ?? answer.unpack).not.toBe('ok');
  expect(await lab.facts()).toEqual(before);
}

describe('a branch that would point at something that is no commit', () => {
  it.each([
    ['an annotated tag', 'v1'],
    ['a tree', 'HEAD^{tree}'],
    ['a file', 'HEAD:index.html'],
  ])('%s: is refused before a build', async (what, name) => {
    const repository = `points-at-${what.split(' ').at(-1)}`;
    const { client } = await site(repository);
    await client.git('tag', '-a', '-m', 'A version', 'v1');
    const pushed = await client.push(repository, '--force', `${name}:${main}`);
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).not.toContain('-----> build');
    expect(await lab.body(repository)).toBe('old');
  });
});

describe('a push that git takes only in part', () => {
  const others = [
    ['a ref that is hidden', 'refs/octohost/releases/x/9'],
    ['a tag whose name is none', 'refs/tags/a..b'],
    ['a branch whose name is none', 'refs/heads/a..b'],
    ['a name without refs/', 'HEAD'],
  ];
  it.each(others)('with %s is refused as a whole', async (_, ref) => {
    const { client, old, revision } = await site(`part-${others.findIndex((one) => one[1] === ref)}`);
    const name = `part-${others.findIndex((one) => one[1] === ref)}`;
    const changes = [
      { ref: main, before: old, after: revision },
      { ref, before: nothing, after: revision },
    ];
    await refused(name, client.path, ...changes);
    expect(await lab.body(name)).toBe('old');
  });

  it.each(['refs/heads/main', 'refs/tags/v1'])('that names %s twice is refused as a whole', async (ref) => {
    const name = `twice-${ref.split('/').at(-1)}`;
    const { client, old, revision } = await site(name);
    const before = ref === main ? old : nothing;
    const changes = [
      { ref: main, before: old, after: revision },
      { ref, before, after: revision },
      { ref, before, after: old },
    ];
    await refused(name, client.path, ...changes);
    expect(await lab.body(name)).toBe('old');
  });
});

describe('history that does not come along', () => {
  it('is missed before a build', async () => {
    const { client, old } = await site('hole');
    const hidden = await client.commit(page('between'));
    const revision = await client.commit(page('after the hole'));
    const before = await lab.facts();
    const raw = await connectRaw(lab, 'hole');
    // All of the last commit, nothing of the one before it.
    const objects = execFileSync('git', [
      '-C',
      client.path,
      'rev-list',
      '--objects',
      `${hidden}..${revision}`,
    ]);
    const answer = await raw.send([{ ref: main, before: old, after: revision }], client.path, objects);
    await raw.leave();
    expect(answer.refs[main]).not.toBe('ok');
    expect(answer.said).not.toContain('-----> build');
    expect(await lab.facts()).toEqual(before);
    expect(await lab.body('hole')).toBe('old');
  });

  it('of a shallow clone that is pushed to a new site is missed before a build', async () => {
    const { client } = await site('deep');
    await client.push('deep', 'main');
    await client.git('clone', '-q', '--depth=1', lab.url('deep'), lab.path('shallow'));
    const shallow = lab.clientOf(lab.path('shallow'));
    const pushed = await shallow.push('elsewhere', 'main');
    expect(pushed.code).toBe(1);
    expect(pushed.stderr).toContain('(shallow update not allowed)');
    expect(pushed.stderr).toContain('git fetch --unshallow');
    expect(pushed.stderr).not.toContain('-----> build');
    expect((await lab.repositories()).filter((name) => name === 'elsewhere' || name.startsWith('.'))).toEqual(
      [],
    );
    await shallow.git('fetch', '--unshallow');
    expect(await shallow.push('elsewhere', 'main')).toMatchObject({ code: 0 });
  });
});

it('a server that is killed between the pointer and the refs: the next push finds them mended', async () => {
  const { client, revision } = await site('killed');
  const gate = await lab.hold('routed', 'killed');
  const running = client.start('killed', 'main');
  await gate.reached();
  const door = await ran('pgrep', ['-f', `door:serve --config ${lab.host.instance.configFile}`]);
  for (const pid of door.stdout.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  expect((await running.done).code).not.toBe(0);
  await gate.open();
  expect(await lab.body('killed')).toBe('new');
  const again = await client.git('push', lab.url('killed'), 'main');
  expect(again.stderr).toContain('fetch first');
  expect((await lab.refs('killed'))[main]).toBe(revision);
  expect((await client.git('push', lab.url('killed'), 'main')).stderr).toContain('Everything up-to-date');
});

it('a lock that a killed git left on the ref does not tear ref and release apart', async () => {
  const { client, revision } = await site('locked');
  writeFileSync(lab.path('i', 'data', 'repositories', 'locked.git', `${main}.lock`), '');
  const pushed = await client.git('push', lab.url('locked'), 'main');
  const served = await lab.body('locked');
  expect({ code: pushed.code, served }).toEqual(
    pushed.code === 0 ? { code: 0, served: 'new' } : { code: 1, served: 'old' },
  );
  expect((await lab.refs('locked'))[main] === revision).toBe(pushed.code === 0);
});
